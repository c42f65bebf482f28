import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, HighlightStyle, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { Diagnostic, lintGutter, setDiagnostics } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useRef } from 'preact/hooks';
import type { PolicyProblem } from '../protocol';

interface Properties {
  /** Read once: the editor owns its text. */
  readonly text: string;
  readonly firstLine: number;
  readonly problems: readonly PolicyProblem[];
  readonly change: (text: string) => void;
}

/**
 * YAML with problems at their lines. It lives in a shadow root: only there its styles need no permission of the
 * Content-Security-Policy.
 */
export function Editor({ text, firstLine, problems, change }: Properties) {
  const holder = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | undefined>(undefined);
  useEffect(() => {
    const element = holder.current!;
    const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' });
    const editor = new EditorView({
      parent: root as unknown as Element,
      root,
      state: EditorState.create({
        doc: text,
        extensions: [
          lineNumbers({ formatNumber: line => String(line + firstLine - 1) }),
          history(),
          yaml(),
          bracketMatching(),
          indentUnit.of('  '),
          syntaxHighlighting(COLORS),
          lintGutter(),
          keymap.of([...defaultKeymap, ...historyKeymap]),
          EditorView.domEventHandlers({ beforeinput: replaceByItself }),
          EditorView.contentAttributes.of({ 'aria-label': 'Text of the policy' }),
          EditorView.updateListener.of(update => update.docChanged && change(update.state.doc.toString())),
          THEME,
        ],
      }),
    });
    // what scrolls must be reachable by keyboard
    editor.scrollDOM.tabIndex = 0;
    view.current = editor;
    return () => editor.destroy();
  }, []);
  useEffect(() => {
    const editor = view.current;
    if (editor) {
      editor.dispatch(setDiagnostics(editor.state, diagnosticsOf(editor.state, problems)));
    }
  }, [problems]);
  return <div class="editor" ref={holder} />;
}

/** Chromium replaces selected text by an element with a style of its own, which the policy of the page forbids. */
function replaceByItself(event: InputEvent, view: EditorView): boolean {
  if (event.inputType !== 'insertText' || event.data === null || view.state.selection.main.empty) {
    return false;
  }
  event.preventDefault();
  view.dispatch(view.state.replaceSelection(event.data));
  return true;
}

function diagnosticsOf(state: EditorState, problems: readonly PolicyProblem[]): Diagnostic[] {
  return problems
    .map(({ line, severity, message, fix }) => {
      const { from, to } = state.doc.line(Math.min(Math.max(1, line), state.doc.lines));
      return { from, to, severity, message: fix === undefined ? message : `${message}\nFix: ${fix}` };
    })
    .sort((one, other) => one.from - other.from);
}

const COLORS = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--link)' },
  { tag: [tags.string, tags.content], color: 'var(--text)' },
  { tag: tags.comment, color: 'var(--quiet)', fontStyle: 'italic' },
]);

const THEME = EditorView.theme({
  '&': { backgroundColor: 'var(--field)', color: 'var(--text)', border: '1px solid var(--border)', maxHeight: '60vh', fontSize: '13px' },
  '&.cm-focused': { outline: '2px solid var(--focus)' },
  '.cm-scroller': { fontFamily: 'ui-monospace, monospace', overflow: 'auto' },
  '.cm-gutters': { backgroundColor: 'var(--field)', color: 'var(--quiet)', border: 'none' },
  '.cm-content': { caretColor: 'var(--text)' },
  '.cm-tooltip': { backgroundColor: 'var(--panel)', color: 'var(--text)', border: '1px solid var(--border)' },
});

import { autocompletion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, HighlightStyle, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { Diagnostic, lintGutter, setDiagnostics } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useRef } from 'preact/hooks';
import type { Completions, PolicyProblem } from '../protocol';

interface Properties {
  /** A text that the editor did not report itself replaces its own: an edit was undone. */
  readonly text: string;
  readonly firstLine: number;
  readonly problems: readonly PolicyProblem[];
  /** What it is called; by default the text of a policy. */
  readonly label?: string;
  /** Called when typing pauses. */
  readonly change: (text: string) => void;
  /** What may be written at a place of a text. */
  readonly complete: (text: string, at: number) => Promise<Completions>;
}

/**
 * YAML with problems at their lines. It lives in a shadow root: only there its styles need no permission of the
 * Content-Security-Policy.
 */
export function Editor({ text, firstLine, problems, label = 'Text of the policy', change, complete }: Properties) {
  const holder = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | undefined>(undefined);
  const reported = useRef(text);
  // the editor lives longer than the functions of one rendering
  const callbacks = useRef({ change, complete });
  callbacks.current = { change, complete };
  useEffect(() => {
    const element = holder.current!;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let waiting: string | undefined;
    const flush = () => {
      clearTimeout(timer);
      if (waiting !== undefined) {
        reported.current = waiting;
        callbacks.current.change(waiting);
        waiting = undefined;
      }
    };
    const report = (changed: string) => {
      clearTimeout(timer);
      waiting = changed;
      timer = setTimeout(flush, PAUSE);
    };
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
          autocompletion({ override: [context => completionsOf(context, callbacks.current.complete)], icons: false }),
          keymap.of([...defaultKeymap, ...historyKeymap]),
          EditorView.domEventHandlers({ beforeinput: replaceByItself }),
          EditorView.contentAttributes.of({ 'aria-label': label }),
          EditorView.updateListener.of(update => update.docChanged && report(update.state.doc.toString())),
          THEME,
        ],
      }),
    });
    // what scrolls must be reachable by keyboard
    editor.scrollDOM.tabIndex = 0;
    view.current = editor;
    return () => {
      flush();
      editor.destroy();
    };
  }, []);
  useEffect(() => {
    const editor = view.current!;
    if (text !== reported.current) {
      reported.current = text;
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
    }
  }, [text]);
  useEffect(() => {
    const editor = view.current;
    if (editor) {
      editor.dispatch(setDiagnostics(editor.state, diagnosticsOf(editor.state, problems)));
    }
  }, [problems]);
  return <div class="editor" ref={holder} />;
}

/** Milliseconds after the last key. A worker cannot be interrupted, so it is not asked for every key. */
const PAUSE = 120;

/** Offers fields and names while one types a word, and everywhere by Ctrl+Space. */
async function completionsOf(
  context: CompletionContext,
  complete: Properties['complete'],
): Promise<CompletionResult | null> {
  const text = context.state.doc.toString();
  const isTyped = /[\w./-]$/.test(text.slice(0, context.pos));
  if (!context.explicit && !isTyped) {
    return null;
  }
  const { from, to, options } = await complete(text, context.pos);
  const isKey = /^\s*:/.test(text.slice(to));
  return options.length === 0
    ? null
    : {
      from,
      to,
      options: options.map(({ text: label, kind }) => ({
        label,
        detail: DETAILS[kind],
        apply: kind === 'field' && !isKey ? `${label}: ` : label,
      })),
      validFor: /^[\w./-]*$/,
    };
}

const DETAILS: { readonly [kind in Completions['options'][number]['kind']]: string } = {
  field: '',
  value: '',
  label: 'label',
  cluster: 'cluster',
  namespace: 'namespace',
  service: 'Service',
  port: 'named port',
  account: 'service account',
  group: 'CIDR group',
};

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
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--link)', color: 'var(--page)' },
  '.cm-completionDetail': { color: 'inherit', opacity: 0.85 },
  '.cm-tooltip': { backgroundColor: 'var(--panel)', color: 'var(--text)', border: '1px solid var(--border)' },
});

import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { Client } from '../client';
import type { Protocol, QuestionName, Refused } from '../protocol';

/** What all parts of the page share: the worker, and a number that grows when suppositions change. */
export interface EngineContext {
  readonly client: Client;
  readonly generation: number;
}

export const Engine = createContext<EngineContext | undefined>(undefined);

export function useEngine(): EngineContext {
  return useContext(Engine)!;
}

/** The state of a question: the last answer stays there while a new one is waited for. */
export interface Asked<T> {
  readonly answer?: T;
  readonly error?: string;
  readonly waiting: boolean;
}

/**
 * Asks the worker, again whenever the question or the suppositions change. Without a question nothing is asked. Each
 * topic has one question at a time.
 */
export function useAnswer<Name extends QuestionName>(
  topic: string,
  name: Name,
  ask: Protocol[Name]['ask'] | undefined,
): Asked<Protocol[Name]['answer']> {
  const { client, generation } = useEngine();
  const [state, setState] = useState<Asked<Protocol[Name]['answer']>>({ waiting: true });
  const key = ask === undefined ? undefined : JSON.stringify(ask);
  useEffect(() => {
    if (ask === undefined) {
      setState({ waiting: false });
      return undefined;
    }
    let isCurrent = true;
    setState(before => ({ ...before, waiting: true }));
    client.askNewest(topic, name, ask).then(
      answer => isCurrent && setState({ answer, waiting: false }),
      (error: Error) => isCurrent && setState({ error: error.message, waiting: false }),
    );
    return () => {
      isCurrent = false;
    };
  }, [client, generation, topic, name, key]);
  return state;
}

export function isRefused(answer: object | undefined): answer is Refused {
  return answer !== undefined && 'problem' in answer;
}

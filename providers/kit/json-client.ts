import * as v from 'valibot';
import {
  failure,
  type HttpAnswer,
  type HttpRequest,
  request,
  type Verdict,
} from '../../src/adapters/http.ts';
import type { ProviderError } from '../../src/ports/provider.ts';
import { orNull } from './failures.ts';
import {
  brokenList,
  further,
  isWhole,
  nothingRead,
  PAGES_MAX,
  type PageEnd,
  type Progress,
  repeated,
} from './pages.ts';

export type Schema = v.GenericSchema<unknown, unknown>;
type Identified = v.GenericSchema<unknown, { readonly id: string }>;
type Content = Readonly<Record<string, unknown>>;

/** What every question has; how else one looks is up to the API. */
export interface Asked {
  /** Can wait: it is not sent while the budget of requests is needed for takeovers. */
  readonly background?: boolean;
}

/** How an API is spoken to. */
export interface Dialect<Q extends Asked> {
  /** The whole request, credentials included. */
  request(question: Q, signal: AbortSignal): HttpRequest;
  /** What an order is answered with. */
  readonly ordered?: 'text' | 'nothing';
  /** The content of a good answer, where that is not its JSON as it is. Throws what the answer says went wrong. */
  content?(answer: HttpAnswer, asked: HttpRequest): unknown;
  /** Told of every good answer. */
  answered?(answer: HttpAnswer, question: Q): void;
  /** How long questions that can wait have to, and what to say then. */
  readonly budget?: { waitMs(): number; keptBack(waitMs: number): Verdict };
  readonly lists: {
    /** The question for the page after those that were read. */
    page(question: Q, progress: Progress): Q;
    readonly end: v.GenericSchema<unknown, PageEnd>;
    /** No list comes in pages: an entry may then stand twice. */
    readonly whole?: true;
    /** The entries of a page, where they are not simply under their key. */
    items?(content: Content, key: string): unknown;
  };
}

/** An API that answers in JSON: questions, lists, orders. What it answers is checked before anybody reads it. */
export class JsonClient<Q extends Asked> {
  readonly #dialect: Dialect<Q>;

  constructor(dialect: Dialect<Q>) {
    this.#dialect = dialect;
  }

  async ask<T extends Schema>(question: Q, schema: T, signal: AbortSignal): Promise<v.InferOutput<T>> {
    const asked = this.#dialect.request(question, signal);
    return shaped(asked, schema, await this.#content(asked, question));
  }

  /** A request whose success has no content. */
  async order(question: Q, signal: AbortSignal): Promise<void> {
    const expect = this.#dialect.ordered ?? 'nothing';
    await this.#answer({ ...this.#dialect.request(question, signal), expect }, question);
  }

  /** What the id names; null: the cloud answered that there is no such thing. */
  async lookUp<T extends Identified>(
    question: Q,
    id: string,
    schema: T,
    signal: AbortSignal,
  ): Promise<v.InferOutput<T> | null> {
    const found = await this.ask(question, schema, signal).catch(orNull('missing'));
    if (found === null || found.id === id) return found;
    throw this.complaint(question, { kind: 'unavailable', came: `${found.id} instead of ${id}` });
  }

  /**
   * The whole list or an error: a part of a list would look like machines that have vanished. The way to the next page
   * is never an URL of the answer, which could lead the credentials anywhere.
   */
  async list<T extends Schema>(
    question: Q,
    key: string,
    schema: T,
    signal: AbortSignal,
  ): Promise<v.InferOutput<T>[]> {
    const { page, end, items: itemsOf = (content, key) => content[key] } = this.#dialect.lists;
    const items: v.InferOutput<T>[] = [];
    let progress = nothingRead;
    while (progress.end === 'more' && progress.pages < PAGES_MAX) {
      const turned = page(question, progress);
      const asked = this.#dialect.request(turned, signal);
      const content = await this.#content(asked, turned);
      const pageEnd = shaped(asked, end, content);
      const found = shaped(asked, v.array(schema), itemsOf(content as Content, key));
      items.push(...found);
      progress = further(progress, found.length, pageEnd);
    }
    if (progress.end !== 'complete') throw this.complaint(question, brokenList(progress));
    if (this.#dialect.lists.whole || isWhole(items)) return items;
    throw this.complaint(question, repeated);
  }

  /** An error about something that was asked and answered in good order, but not as hoped: nothing has happened. */
  complaint(question: Q, verdict: Verdict): ProviderError {
    return this.ended(question, { mayHaveHappened: false, ...verdict });
  }

  /** An error about how something ended that the cloud had accepted. */
  ended(question: Q, verdict: Verdict): ProviderError {
    return failure(this.#dialect.request(question, new AbortController().signal), verdict);
  }

  async #content(asked: HttpRequest, question: Q): Promise<unknown> {
    const answer = await this.#answer(asked, question);
    return this.#dialect.content === undefined ? answer.json : this.#dialect.content(answer, asked);
  }

  async #answer(asked: HttpRequest, question: Q): Promise<HttpAnswer> {
    const { budget } = this.#dialect;
    const waitMs = question.background === true ? (budget?.waitMs() ?? 0) : 0;
    if (budget !== undefined && waitMs > 0) throw failure(asked, budget.keptBack(waitMs));
    const answer = await request(asked);
    this.#dialect.answered?.(answer, question);
    return answer;
  }
}

function shaped<T extends Schema>(asked: HttpRequest, schema: T, content: unknown): v.InferOutput<T> {
  const result = v.safeParse(schema, content);
  if (result.success) return result.output;
  const { expected } = result.issues[0];
  const where = v.getDotPath(result.issues[0]) ?? 'the whole';
  const came = `an answer of unexpected shape (${where} should be ${expected ?? 'otherwise'})`;
  throw failure(asked, { kind: 'unavailable', came });
}

/** A search for an order of steps. */
export interface OrderQuestion {
  /** The number of steps; they have the numbers from 0 on, in the order that is preferred. */
  readonly size: number;
  /** The most states that are weighed for a safe order. As many more may be weighed for the least broken one. */
  readonly limit: number;
  /** Whether a step may come next. */
  mayFollow(step: number, done: ReadonlySet<number>): boolean;
  /** How much the state with these steps done breaks the law; 0 if it obeys. The states of both ends are not asked. */
  weigh(done: ReadonlySet<number>): number;
}

/** The result of a search. */
export interface FoundOrder {
  readonly order: readonly number[];
  /** Every state between obeys the law. */
  readonly isSafe: boolean;
  /** No order is safe: all were tried. Otherwise the limit ended the search. */
  readonly isExhausted: boolean;
}

/**
 * Finds an order in which every state between the steps obeys the law. If there is none, or the limit ends the search,
 * each next step is the one that breaks it least. What the limit leaves open keeps the preferred order.
 *
 * The search takes the first safe step of the preferred order each time, and takes back those from which no safe one
 * leads on. Each set of steps is weighed once. The same question always has the same answer.
 */
export function findOrder(question: OrderQuestion): FoundOrder {
  const search = new Search(question);
  const safe = search.safeOrder();
  return safe
    ? { order: safe, isSafe: true, isExhausted: false }
    : { order: search.leastBroken(), isSafe: false, isExhausted: !search.isLimited };
}

class Search {
  /** The limit ended the search for a safe order. */
  public isLimited = false;
  private readonly weights = new Map<string, number>();
  private readonly dead = new Set<string>();

  constructor(private readonly question: OrderQuestion) {}

  public safeOrder(): number[] | undefined {
    const { size } = this.question;
    const order: number[] = [];
    const done = new Set<number>();
    const open: number[][] = [this.candidates(done)];
    while (order.length < size) {
      const next = open.at(-1)!.shift();
      if (next === undefined) {
        // no safe step leads on from here
        this.dead.add(keyOf(done, size));
        open.pop();
        const last = order.pop();
        if (last === undefined) {
          return undefined;
        }
        done.delete(last);
        continue;
      }
      done.add(next);
      const key = keyOf(done, size);
      const weight = this.dead.has(key) ? Infinity : this.weigh(done, key);
      if (weight === undefined) {
        this.isLimited = true;
        return undefined;
      }
      if (weight > 0) {
        this.dead.add(key);
        done.delete(next);
      } else {
        order.push(next);
        open.push(this.candidates(done));
      }
    }
    return order;
  }

  public leastBroken(): number[] {
    const { size, limit } = this.question;
    const most = this.weights.size + limit;
    const done = new Set<number>();
    while (done.size < size) {
      let [best, least] = [-1, Infinity];
      for (const step of this.candidates(done)) {
        const after = new Set([...done, step]);
        const weight = this.weigh(after, keyOf(after, size), most);
        if (weight !== undefined && weight < least) {
          [best, least] = [step, weight];
        }
        if (least === 0 || weight === undefined) {
          break;
        }
      }
      done.add(best < 0 ? this.candidates(done)[0] : best);
    }
    return [...done];
  }

  private candidates(done: ReadonlySet<number>): number[] {
    const { size, mayFollow } = this.question;
    return Array.from({ length: size }, (_, step) => step).filter(step => !done.has(step) && mayFollow(step, done));
  }

  /** Undefined if the limit is reached. */
  private weigh(done: ReadonlySet<number>, key: string, limit: number = this.question.limit): number | undefined {
    const { size, weigh } = this.question;
    if (done.size === size) {
      return 0;
    }
    let weight = this.weights.get(key);
    if (weight === undefined) {
      if (this.weights.size >= limit) {
        return undefined;
      }
      weight = weigh(done);
      this.weights.set(key, weight);
    }
    return weight;
  }
}

function keyOf(done: ReadonlySet<number>, size: number): string {
  return Array.from({ length: size }, (_, step) => (done.has(step) ? '1' : '0')).join('');
}

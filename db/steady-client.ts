// postgres.js, made to outlive the loss of its connections. As it comes (3.4.9), a session that the server ends, or a server that goes
// away, can end our whole process or leave a connection that never answers again (github.com/porsager/postgres, issues 1192, 1208, 1223):
//
// - what it asks about types on each new connection fails where nobody can catch it. We don't let it ask: the arrays that we use are below;
// - it sends `rollback` on the connection that is gone, which throws out of a timer. We keep the failure of the work from it until it has
//   seen the connection close, and let no statement of that transaction through any more;
// - a connection that closed keeps what it had not sent, and its error, for its next life. We give it none: the pool is replaced. Nor may
//   transactions wait within a pool, which would hand them to such a connection: they wait for their turn here.
import postgres from "postgres";

type Sql = postgres.Sql;
type Options = Omit<postgres.Options<Record<string, postgres.PostgresType>>, "fetch_types" | "types" | "onclose">;
type Work = (tx: postgres.TransactionSql) => unknown;

/** Longer than a connection takes to close after its last error. */
const closesWithinMs = 10_000;

/** A client of the database at `url`: used as postgres.js says. `prepare` has its turn with each pool before it is used. */
export function steadyClient(url: string, options: Options = {}, prepare: (pool: Sql) => void = () => {}): Sql {
  let ended = false;
  const open = (): Sql => {
    const mine: Sql = postgres(url, { ...options, fetch_types: false, types: arrays, onclose: () => replace(mine) } as never);
    prepare(mine);
    return mine;
  };
  let pool = open();
  const inTurn = turns(options.max ?? 10);
  const replace = (broken: Sql) => {
    if (ended || broken !== pool) return;
    pool = open();
    // Its other connections finish what they are at.
    void broken.end().catch(() => {});
  };
  return new Proxy(pool, {
    apply: (_, __, args) => Reflect.apply(pool, undefined, args),
    get(_, key) {
      if (key === "begin") return (...args: unknown[]) => inTurn(() => begin(pool, args));
      if (key === "end")
        return (how?: { timeout?: number }) => {
          ended = true;
          return pool.end(how);
        };
      return Reflect.get(pool, key);
    },
  });
}

/** Lets `most` run at once, the others in the order in which they came. */
function turns(most: number): <T>(run: () => Promise<T>) => Promise<T> {
  let free = most;
  const waiting: (() => void)[] = [];
  return async (run) => {
    if (free > 0) free--;
    else await new Promise<void>((settle) => waiting.push(settle));
    try {
      return await run();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}

/** What a transaction knows of its connection. */
type Fate = { /** Why the transaction is over, once it is. */ lost?: { error: unknown } };

function begin(pool: Sql, args: unknown[]): Promise<unknown> {
  const work = args.at(-1) as Work;
  const fate: Fate = {};
  const settled: Promise<unknown> = (pool.begin as (...args: unknown[]) => Promise<unknown>)(
    ...args.slice(0, -1),
    (tx: postgres.TransactionSql) => carryOut(work, tx, fate),
  );
  settled.catch((error) => {
    fate.lost = { error };
  });
  return settled;
}

/** Fails as the work fails; but when that is because the connection is gone, then only after the transaction could have learnt it. */
async function carryOut(work: Work, tx: postgres.TransactionSql, fate: Fate): Promise<unknown> {
  try {
    const result = work(guarded(tx, fate));
    return await (Array.isArray(result) ? Promise.all(result) : result);
  } catch (error) {
    if (!fate.lost && !isLoss(error)) throw error;
    await new Promise<void>((settle) => {
      const late = setTimeout(() => {
        if (!fate.lost) settle();
      }, closesWithinMs);
      (late as { unref?: () => void }).unref?.();
    });
    throw error;
  }
}

const guarded = (tx: postgres.TransactionSql, fate: Fate): postgres.TransactionSql =>
  new Proxy(tx, {
    apply(_, __, args) {
      if (fate.lost) throw fate.lost.error;
      return Reflect.apply(tx as never, undefined, args);
    },
    get(_, key) {
      if (fate.lost && (key === "unsafe" || key === "savepoint")) throw fate.lost.error;
      if (key !== "savepoint") return Reflect.get(tx, key);
      return (...args: unknown[]) => {
        const work = args.at(-1) as Work;
        return (tx.savepoint as (...args: unknown[]) => Promise<unknown>)(...args.slice(0, -1), (inner: postgres.TransactionSql) =>
          carryOut(work, inner, fate),
        );
      };
    },
  });

/** Whether the error means that the connection is gone, or about to go: what the server calls fatal ends the session. */
function isLoss(error: unknown): boolean {
  for (let e = error, depth = 0; e instanceof Error && depth < 5; e = e.cause, depth++) {
    const { code, severity } = e as Error & { code?: unknown; severity?: unknown };
    // `query` is what the driver adds to an error of its own or of the system; others' errors are none of ours.
    if ("query" in e && /^(CONNECT|E[A-Z])/.test(String(code ?? ""))) return true;
    if (severity === "FATAL" || severity === "PANIC") return true;
  }
  return false;
}

/** Arrays in PostgreSQL's text form, by the number of their type: the ones that statements of ours take or give. */
const arrays: Record<string, postgres.PostgresType> = Object.fromEntries(
  (
    [
      [1000, (text) => text === "t"], // boolean
      [1005, Number], // smallint
      [1007, Number], // integer
      [1009, String], // text
      [1015, String], // varchar
      [1016, String], // bigint
      [2951, String], // uuid
    ] as [number, (text: string) => unknown][]
  ).map(([type, element]) => [
    `array${type}`,
    {
      to: type,
      from: [type],
      serialize: arrayText,
      parse: (text: string) => elementsOf(text).map((one) => (one === null ? null : element(one))),
    },
  ]),
);

/** `{"a","b",null}`. Text is taken for such an array already. */
function arrayText(values: unknown): string {
  if (!Array.isArray(values)) return String(values);
  const one = (value: unknown) => (value === true ? "t" : value === false ? "f" : String(value));
  return `{${values.map((value) => (value === null ? "null" : `"${one(value).replace(/["\\]/g, "\\$&")}"`)).join(",")}}`;
}

/** The elements of an array of one dimension. */
function elementsOf(text: string): (string | null)[] {
  const found: (string | null)[] = [];
  for (const [, quoted, plain] of text.slice(1, -1).matchAll(/(?:^|,)(?:"((?:[^"\\]|\\.)*)"|([^,]*))/gs)) {
    if (quoted !== undefined) found.push(quoted.replace(/\\(.)/gs, "$1"));
    else if (plain !== "") found.push(plain === "NULL" ? null : plain!);
  }
  return found;
}

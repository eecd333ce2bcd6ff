/** Loaded before a process: its `Date` is ahead of the machine's by `SOAK_CLOCK` ms, or behind it. */
const shift = Number(process.env.SOAK_CLOCK ?? 0);
const RealDate = Date;
const now = () => RealDate.now() + shift;

globalThis.Date = new Proxy(RealDate, {
  apply: () => new Date().toString(),
  construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
});

export {};

// Loaded into a program with `node --require`: its clock is fast by the milliseconds in SHIFTED_CLOCK_MS, as that of an
// emulator whose clock was moved forward.
const shiftMs = Number(process.env.SHIFTED_CLOCK_MS ?? 0)
const realNow = Date.now
Date.now = () => realNow() + shiftMs
globalThis.Date = new Proxy(Date, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [Date.now()] : args, newTarget),
})

// Preloaded into an agent: its clock is off by so many milliseconds, as that of a machine is whose battery is empty.
const offMs = Number(process.env['KILN_TEST_CLOCK_OFF_MS'])
const Real = globalThis.Date

globalThis.Date = new Proxy(Real, {
  construct: (_, given: [], target) =>
    Reflect.construct(Real, given.length === 0 ? [Real.now() + offMs] : given, target) as Date,
  get: (_, name) => (name === 'now' ? () => Real.now() + offMs : Reflect.get(Real, name)),
})

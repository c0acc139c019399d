const units = { '': 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 } as const

/** Bytes of a size such as `512MiB` or `1.5GiB`. `undefined` when it is none, or less than a byte. */
export function parseBytes(text: string): number | undefined {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?) ?([KMGT]iB)?$/.exec(text) ?? []
  if (number === '' || !isUnit(unit)) return undefined
  const bytes = Math.round(Number(number) * units[unit])
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined
}

function isUnit(unit: string): unit is keyof typeof units {
  return Object.hasOwn(units, unit)
}

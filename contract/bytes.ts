const units = { '': 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 } as const

/** Bytes of a size such as `512MiB` or `1.5GiB`. `undefined` when it is none, or less than a byte. */
export function parseBytes(text: string): number | undefined {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?) ?([KMGT]iB)?$/.exec(text) ?? []
  if (number === '' || !isUnit(unit)) return undefined
  const bytes = Math.round(Number(number) * units[unit])
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined
}

/** Bytes as a size that people read, such as `1.5GiB`: cut off after the first decimal. */
export function showBytes(bytes: number): string {
  const [unit, one] = Object.entries(units).findLast(([, size]) => bytes >= size) ?? ['', 1]
  return `${Math.floor((bytes / one) * 10) / 10}${unit === '' ? ' bytes' : unit}`
}

function isUnit(unit: string): unit is keyof typeof units {
  return Object.hasOwn(units, unit)
}

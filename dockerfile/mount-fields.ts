/** The fields of a `--mount` as the frontend reads them: names in lower case, those without a value are `true`. */
export function readMountFields(value: string): ReadonlyMap<string, string> {
  return new Map(
    value.split(',').map((field) => {
      const at = field.indexOf('=')
      if (at === -1) return [field.toLowerCase(), 'true'] as const
      return [field.slice(0, at).toLowerCase(), field.slice(at + 1)] as const
    }),
  )
}

import type { Dockerfile } from 'dockerfile-ast'
import { expand } from './expand.ts'

/** The arguments before the first FROM, with which FROM may be written; given ones win over defaults. */
export function globalArguments(
  file: Dockerfile,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const values: Record<string, string> = { ...given }
  for (const arg of file.getInitialARGs()) {
    const property = arg.getProperty()
    const value = property?.getValue()
    if (property && value) values[property.getName()] ??= expand(value, values)
  }
  return values
}

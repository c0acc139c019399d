import { CommandError } from '../command-error.ts'
import { exitCodes } from '../exit-code.ts'
import type { Text } from '../language.ts'
import { misuse } from '../texts/misuse.ts'

const refuse = (text: Text, values: Readonly<Record<string, string>>) =>
  new CommandError(text, exitCodes.usage, undefined, values)

/**
 * `NAME=VALUE` of each; `NAME` alone has the value of the variable of that name, and is left out where there is none, as
 * Docker does. @throws CommandError
 */
export function parseAssignments(
  option: string,
  texts: readonly string[],
  variable: (name: string) => string | undefined,
): Record<string, string> {
  return Object.fromEntries(
    texts.flatMap((text): [string, string][] => {
      const at = text.indexOf('=')
      const name = at === -1 ? text : text.slice(0, at)
      if (name === '') throw refuse(misuse.assignment, { option, text })
      const value = at === -1 ? variable(name) : text.slice(at + 1)
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

/** Where the value of a secret comes from. */
export type SecretSource =
  | { readonly id: string; readonly from: 'file'; readonly path: string }
  | { readonly id: string; readonly from: 'variable'; readonly name: string }
  /** It lies in the project already. */
  | { readonly id: string; readonly from: 'project'; readonly name: string }

/** `id=ID,src=FILE`, `id=ID,env=NAME` or `id=ID,secret=NAME`, as Docker has the first two. @throws CommandError */
export function parseSecret(text: string): SecretSource {
  const fields = new Map(
    text.split(',').map((field): [string, string] => {
      const at = field.indexOf('=')
      return at === -1 ? [field, ''] : [field.slice(0, at), field.slice(at + 1)]
    }),
  )
  const type = fields.get('type')
  const id = fields.get('id')
  const file = fields.get('src') ?? fields.get('source')
  const [name, secret] = [fields.get('env'), fields.get('secret')]
  const given = [file, name, secret].filter((value) => value !== undefined)
  const isKnown = type === undefined || type === 'file' || type === 'env'
  if (!id || given.length > 1 || given.includes('') || !isKnown) throw badSecret(text)
  if (secret !== undefined) return { id, from: 'project', name: secret }
  if (file !== undefined) return { id, from: 'file', path: file }
  return { id, from: 'variable', name: name ?? id }
}

const badSecret = (text: string) => refuse(misuse.secret, { text })

/** `ID=SECRET`, or `SECRET` for the key of mounts that name none. @throws CommandError */
export function parseKey(text: string): { id: string; secret: string } {
  const at = text.indexOf('=')
  const [id, secret] = [text.slice(0, Math.max(0, at)), text.slice(at + 1)]
  if (secret === '' || at === 0) throw refuse(misuse.key, { text })
  return { id: at === -1 ? 'default' : id, secret }
}

/** A folder, or a repository as Docker writes it: `https://host/repo.git#ref:folder`. */
export type ContextPlace =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'git'; readonly source: { git: string; ref?: string; subdir?: string } }

export function parseContextPlace(text: string): ContextPlace {
  const match = /^(https?:\/\/[^#]+\.git)(?:#([^:]*)(?::(.*))?)?$/.exec(text)
  if (match?.[1] === undefined) return { kind: 'folder', path: text }
  const [, git, ref, subdir] = match
  return { kind: 'git', source: { git, ...(ref && { ref }), ...(subdir && { subdir }) } }
}

/** `NAME=PLACE` of a further context; `docker-image://REFERENCE` means an image. @throws CommandError */
export function parseNamedContext(text: string): {
  readonly name: string
  readonly place: ContextPlace | { readonly kind: 'image'; readonly reference: string }
} {
  const at = text.indexOf('=')
  const [name, place] = [text.slice(0, at), text.slice(at + 1)]
  if (at < 1 || place === '') throw refuse(misuse.namedContext, { text })
  const reference = /^docker-image:\/\/(.+)$/.exec(place)?.[1]
  if (reference !== undefined) return { name, place: { kind: 'image', reference } }
  return { name, place: parseContextPlace(place) }
}

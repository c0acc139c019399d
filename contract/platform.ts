const grammar =
  /^linux\/(amd64|arm64|arm|386|ppc64le|riscv64|s390x|loong64|mips64le|mips64)(?:\/(v\d+))?$/

/** The variant that a platform without one means, which containers then leave out of its name. */
const plainVariant: Readonly<Record<string, string>> = { amd64: 'v1', arm64: 'v8' }
const impliedVariant: Readonly<Record<string, string>> = { arm: 'v7' }

/** A platform as builders and nodes write it: `linux/arm64/v8` is `linux/arm64`. `undefined` when it is none. */
export function parsePlatform(text: string): string | undefined {
  const [, architecture, given] = grammar.exec(text) ?? []
  if (architecture === undefined) return undefined
  const variant = given ?? impliedVariant[architecture]
  const plain = variant === undefined || variant === plainVariant[architecture]
  return `linux/${architecture}${plain ? '' : `/${variant}`}`
}

/** The platform that a build is for, and that of the node which runs it, such as `linux/arm64`. */
export interface BuildPlatforms {
  readonly target: string
  readonly build: string
}

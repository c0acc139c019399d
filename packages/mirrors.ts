import type { PackageLists } from '#contract/packages.ts'

/** Where packages come from instead of where the base says; addresses without user, query and trailing slash. */
export interface Mirrors {
  /** An index as pip reads it. */
  readonly pip?: string | undefined
  /** Below it, by variant such as `cu118`, indexes of builds for one CUDA each, which the usual index has not. */
  readonly torch?: string | undefined
  /** A host with the folders that Debian and Ubuntu are served in: `debian`, `debian-security`, `ubuntu`. */
  readonly apt?: string | undefined
  /** In front of the names of channels. */
  readonly conda?: string | undefined
}

/**
 * The configuration by which each package manager finds its mirror, as files that lie beside the lists: they are mounted for
 * the step, and nothing of them is in the image. A mirror takes the place of an index; beside it, whoever has a higher
 * version there would win. Beside it are only indexes of variants, where an item names one, such as `torch==2.7.1+cu118`.
 */
export function mirrorFiles(
  { pip, torch, apt, conda }: Mirrors,
  lists: Pick<PackageLists, 'pip'>,
): {
  readonly [kind in 'pip' | 'apt' | 'conda']: Readonly<Record<string, string>>
} {
  const variants = torch === undefined ? [] : variantsOf(lists.pip).map((one) => `${torch}/${one}`)
  return {
    pip:
      pip === undefined && variants.length === 0
        ? {}
        : { 'pip/pip.conf': pipConfig(pip, variants) },
    apt: apt === undefined ? {} : { 'apt/mirror.sed': aptScript(apt) },
    conda: conda === undefined ? {} : { 'conda/condarc': `channel_alias: ${conda}\n` },
  }
}

function variantsOf(requirements: readonly string[]): readonly string[] {
  const named = requirements.flatMap(
    (one) => /==[^ ;]*\+(cu\d{2,3})(?=[ ;]|$)/.exec(one)?.[1] ?? [],
  )
  return [...new Set(named)]
}

/** pip asks nobody without TLS who is not trusted by name. */
function pipConfig(index: string | undefined, more: readonly string[]): string {
  const urls = [index, ...more].flatMap((one) => (one === undefined ? [] : new URL(one)))
  const trusted = urls.flatMap(({ protocol, hostname }) => (protocol === 'http:' ? hostname : []))
  const lines = [
    '[global]',
    ...(index === undefined ? [] : [`index-url = ${index}`]),
    ...(more.length === 0 ? [] : [`extra-index-url = ${more.join(' ')}`]),
    ...(trusted.length === 0 ? [] : [`trusted-host = ${[...new Set(trusted)].join(' ')}`]),
  ]
  return `${lines.join('\n')}\n`
}

/** For lines of both forms that apt has. Archives of others than the distribution stay where they are. */
function aptScript(mirror: string): string {
  return `s#https?://[^/[:space:]]+/((debian|ubuntu)[a-z-]*)#${mirror}/\\1#g\n`
}

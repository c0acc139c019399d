import { build } from 'esbuild'

export interface Imports {
  /** Our own, from the root of the repository. */
  readonly files: readonly string[]
  readonly packages: ReadonlySet<string>
}

/** What programs load, by their import statements. @param programs from the root of the repository. */
export async function findImports(programs: readonly string[]): Promise<Imports> {
  const { metafile } = await build({
    entryPoints: [...programs],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outdir: 'unwritten',
    logLevel: 'error',
  })
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports)
  const outside = imports.filter(({ external, path }) => external && !path.startsWith('node:'))
  return {
    files: Object.keys(metafile.inputs),
    packages: new Set(outside.map(({ path }) => packageOf(path))),
  }
}

function packageOf(path: string): string {
  return path
    .split('/')
    .slice(0, path.startsWith('@') ? 2 : 1)
    .join('/')
}

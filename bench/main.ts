import { readdir } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { quietLoad } from './harness/report.ts'

const files = await readdir(import.meta.dirname)
const names = files.filter((file) => file.endsWith('.ts') && file !== 'main.ts')

/** Runs the bench that is named, on a quiet machine only unless `--force` is given. What follows the name is the bench's. */
const [name = '', ...rest] = process.argv.slice(2)
const [minute = 0] = loadavg()
if (!names.includes(`${name}.ts`)) {
  const known = names.map((file) => file.replace(/\.ts$/, '')).join(' | ')
  fail(`usage: npm run bench -- <${known}> [--force] [what of it]`)
} else if (minute > quietLoad && !rest.includes('--force')) {
  fail(`the load is ${minute.toFixed(2)}: wait until it is below ${quietLoad}, or add --force`)
} else {
  process.argv.splice(2, Infinity, ...rest.filter((word) => word !== '--force'))
  await import(`./${name}.ts`)
}

function fail(text: string): void {
  process.stderr.write(`${text}\n`)
  process.exitCode = 1
}

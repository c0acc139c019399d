import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseBytes } from '#contract/bytes.ts'
import type { Submission } from '../../client/builds.ts'
import { gather, nonNegative, positive } from '../command-of.ts'
import type { Say } from '../language.ts'
import { buildOptionTexts } from '../texts/build-options.ts'
import { help } from '../texts/help.ts'
import { parseAssignments, parseKey } from './parse-options.ts'

const networks = ['proxy', 'open', 'none'] as const
const compressions = ['zstd', 'gzip', 'estargz', 'uncompressed'] as const
const exports = ['off', 'min', 'max'] as const

type Wanted = NonNullable<Submission['options']>

/** How a build is to be made, as its command line says it. */
export interface BuildSettings {
  readonly buildArg?: readonly string[]
  readonly label?: readonly string[]
  readonly target?: string
  readonly platform?: string
  readonly cache: boolean
  readonly noCacheFilter?: readonly string[]
  readonly network?: (typeof networks)[number]
  readonly memory?: number
  readonly cpus?: number
  readonly shmSize?: number
  readonly nofile?: number
  readonly compression?: (typeof compressions)[number]
  readonly compressionLevel?: number
  readonly recompress: boolean
  readonly cacheImport?: boolean
  readonly cacheExport?: (typeof exports)[number]
  readonly reproducible?: boolean
  readonly sourceDateEpoch?: number
  readonly ssh?: readonly string[]
  readonly buildTimeout?: number
  readonly verifyTimeout?: number
  readonly pushTimeout?: number
  readonly silenceTimeout?: number
  readonly totalTimeout?: number
}

/** The options of those. */
export function withBuildSettings(command: Command, say: Say): Command {
  return withLimits(
    command
      .option('--build-arg <name=value>', say(help.buildArg), gather)
      .option('--label <name=value>', say(help.label), gather)
      .option('--target <stage>', say(help.target))
      .option('--platform <platform>', say(help.platform))
      .option('--no-cache', say(help.noCache))
      .option('--no-cache-filter <stage>', say(help.noCacheFilter), gather)
      .addOption(new Option('--network <mode>', say(help.network)).choices(networks))
      .option('--ssh <key>', say(buildOptionTexts.ssh), gather),
    say,
  )
    .addOption(
      new Option('--compression <type>', say(buildOptionTexts.compression)).choices(compressions),
    )
    .option('--compression-level <n>', say(buildOptionTexts.compressionLevel), nonNegative)
    .option('--no-recompress', say(buildOptionTexts.noRecompress))
    .option('--cache-import', say(buildOptionTexts.cacheImport))
    .addOption(
      new Option('--cache-export <what>', say(buildOptionTexts.cacheExport)).choices(exports),
    )
    .option('--reproducible', say(buildOptionTexts.reproducible))
    .option('--source-date-epoch <seconds>', say(buildOptionTexts.sourceDateEpoch), epoch)
}

function withLimits(command: Command, say: Say): Command {
  return command
    .option('--memory <size>', say(buildOptionTexts.memory), size)
    .option('--cpus <cores>', say(buildOptionTexts.cpus), cores)
    .option('--shm-size <size>', say(buildOptionTexts.shmSize), size)
    .option('--nofile <n>', say(buildOptionTexts.nofile), positive)
    .option('--build-timeout <seconds>', say(buildOptionTexts.buildTimeout), positive)
    .option('--verify-timeout <seconds>', say(buildOptionTexts.verifyTimeout), positive)
    .option('--push-timeout <seconds>', say(buildOptionTexts.pushTimeout), positive)
    .option('--silence-timeout <seconds>', say(buildOptionTexts.silenceTimeout), positive)
    .option('--total-timeout <seconds>', say(help.totalTimeout), positive)
}

function size(text: string): number {
  const bytes = parseBytes(text)
  if (bytes !== undefined) return bytes
  throw new InvalidArgumentError('expected a size such as 4GiB')
}

function cores(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text)
  throw new InvalidArgumentError('expected a number such as 1.5')
}

function epoch(text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('expected seconds since 1970')
}

/** As the API takes them. @throws CommandError */
export function readBuildSettings(
  settings: BuildSettings,
  variable: (name: string) => string | undefined,
): Wanted {
  const { buildArg = [], label = [], noCacheFilter, target, platform, network, ssh } = settings
  return {
    build_args: parseAssignments('--build-arg', buildArg, variable),
    labels: parseAssignments('--label', label, () => ''),
    ...(!settings.cache && { no_cache: true }),
    ...(noCacheFilter !== undefined && settings.cache && { no_cache: [...noCacheFilter] }),
    ...(target !== undefined && { target }),
    ...(platform !== undefined && { platform }),
    ...(network !== undefined && { network }),
    ...(ssh !== undefined && { ssh: ssh.map(parseKey) }),
    ...limitsOf(settings),
    ...timeoutsOf(settings),
    ...compressionOf(settings),
    ...cacheOf(settings),
    ...reproducibleOf(settings),
  }
}

function limitsOf({ memory, cpus, shmSize, nofile }: BuildSettings) {
  const limits = {
    ...(memory !== undefined && { memory }),
    ...(cpus !== undefined && { cpus }),
    ...(shmSize !== undefined && { shm_size: shmSize }),
    ...(nofile !== undefined && { nofile }),
  }
  return Object.keys(limits).length === 0 ? {} : { limits }
}

function timeoutsOf(settings: BuildSettings) {
  const { buildTimeout, verifyTimeout, pushTimeout, silenceTimeout, totalTimeout } = settings
  const timeouts = {
    ...(buildTimeout !== undefined && { build: buildTimeout }),
    ...(verifyTimeout !== undefined && { verify: verifyTimeout }),
    ...(pushTimeout !== undefined && { push: pushTimeout }),
    ...(silenceTimeout !== undefined && { no_output: silenceTimeout }),
    ...(totalTimeout !== undefined && { total: totalTimeout }),
  }
  return Object.keys(timeouts).length === 0 ? {} : { timeouts }
}

/** The server's own type where only the level is named. */
function compressionOf({ compression, compressionLevel: level, recompress }: BuildSettings) {
  if (compression === undefined && level === undefined && recompress) return {}
  const force = recompress ? {} : { force: false }
  const type = compression ?? 'zstd'
  // Which has no level.
  if (type === 'uncompressed') return { compression: { type, ...force } }
  return { compression: { type, ...force, ...(level !== undefined && { level }) } }
}

function cacheOf({ cacheImport, cacheExport }: BuildSettings) {
  if (cacheImport === undefined && cacheExport === undefined) return {}
  return {
    cache: {
      ...(cacheImport === true && { import: true }),
      ...(cacheExport !== undefined && { export: cacheExport }),
    },
  }
}

function reproducibleOf({ reproducible, sourceDateEpoch }: BuildSettings) {
  if (sourceDateEpoch !== undefined) {
    return { reproducible: { source_date_epoch: sourceDateEpoch } }
  }
  return reproducible === true ? { reproducible: true } : {}
}

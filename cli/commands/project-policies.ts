import { type Command, Option } from 'commander'
import type { z } from 'zod'
import { defaultGpuPolicy } from '#contract/gpu-policy.ts'
import { gpuModes } from '#contract/wire/gpu-policy.ts'
import type { changeProject } from '#contract/wire/project.ts'
import { type BlockingSeverity, blockingSeverities, scanModes } from '#contract/wire/scan-policy.ts'
import { CommandError } from '../command-error.ts'
import { commandOf, nonNegative, positive } from '../command-of.ts'
import { exitCodes } from '../exit-code.ts'
import { createSay, type Say } from '../language.ts'
import { pairs } from '../output/table.ts'
import type { Runner } from '../runner.ts'
import type { Session } from '../session.ts'
import { policyTexts } from '../texts/policies.ts'

type Change = z.input<typeof changeProject>
type Project = Awaited<ReturnType<Session['client']['projects']['read']>>

interface PolicyOptions {
  readonly gpuPolicy?: Exclude<Change['gpu_policy'], null | undefined>['mode'] | typeof asFarm
  readonly gpuWait?: number
  readonly scanPolicy?: Exclude<Change['scan_policy'], null | undefined>['mode'] | typeof asFarm
  readonly scanSeverity?: BlockingSeverity
  readonly scanWait?: number
  readonly pullAhead?: boolean
}

/** In place of a policy: the project goes by the farm's own. */
const asFarm = 'default'

/** What an image has to pass before it is published, and what happens after. */
export function addProjectPolicies(projects: Command, { deps, run }: Runner): void {
  const say = createSay(deps.language)
  commandOf(projects, 'set', policyTexts.set, deps.language)
    .argument('<name>', say(policyTexts.project))
    .addOption(
      new Option('--gpu-policy <mode>', say(policyTexts.gpu)).choices([...gpuModes, asFarm]),
    )
    .option('--gpu-wait <seconds>', say(policyTexts.gpuWait), nonNegative)
    .addOption(
      new Option('--scan-policy <mode>', say(policyTexts.scan)).choices([...scanModes, asFarm]),
    )
    .addOption(
      new Option('--scan-severity <from>', say(policyTexts.severity)).choices(blockingSeverities),
    )
    .option('--scan-wait <seconds>', say(policyTexts.scanWait), positive)
    .option('--pull-ahead', say(policyTexts.pullAhead))
    .option('--no-pull-ahead', say(policyTexts.noPullAhead))
    .action(
      run(async ({ client, say: sayIn, answer }, name: string, options: PolicyOptions) => {
        const changed = await client.projects.change(name, readChange(options, sayIn))
        answer(changed, () => pairs(describePolicies(changed, sayIn)))
      }),
    )
}

/** @returns rows of a name and what goes for the project. */
export function describePolicies(
  project: Project,
  say: Say,
): readonly (readonly [string, string])[] {
  const { effective_gpu_policy: gpu, effective_scan_policy: scan, pull_ahead: ahead } = project
  const own = (set: unknown) => (set === null ? ` (${say(policyTexts.farms)})` : '')
  const wait = (seconds: number | null | undefined) =>
    seconds === undefined || seconds === null ? '' : ` ${say(policyTexts.atMost, { seconds })}`
  const severity = scan.severity === undefined ? '' : ` ${scan.severity}`
  return [
    [say(policyTexts.gpuRow), `${gpu.mode}${wait(gpu.wait_seconds)}${own(project.gpu_policy)}`],
    [
      say(policyTexts.scanRow),
      `${scan.mode}${severity}${wait(scan.wait_seconds)}${own(project.scan_policy)}`,
    ],
    [say(policyTexts.aheadRow), say(ahead === false ? policyTexts.no : policyTexts.yes)],
  ]
}

/** @throws CommandError when nothing is to be changed, or a part of a policy is given without a mode that is the project's own. */
function readChange(options: PolicyOptions, say: Say): Change {
  const { gpuPolicy: gpu, gpuWait, scanPolicy: scan, scanSeverity, scanWait, pullAhead } = options
  const need = (option: string, isGiven: boolean, mode: string | undefined) => {
    if (!isGiven || (mode !== undefined && mode !== asFarm)) return
    const message = say(policyTexts.needsMode, {
      option,
      mode: option.replace(/-[a-z]+$/, '-policy'),
    })
    throw new CommandError(message, exitCodes.usage)
  }
  need('--gpu-wait', gpuWait !== undefined, gpu)
  need('--scan-severity', scanSeverity !== undefined, scan)
  need('--scan-wait', scanWait !== undefined, scan)
  const change = {
    ...(gpu !== undefined && { gpu_policy: gpuOf(gpu, gpuWait) }),
    ...(scan !== undefined && { scan_policy: scanOf(scan, scanSeverity, scanWait) }),
    ...(pullAhead !== undefined && { pull_ahead: pullAhead }),
  }
  if (Object.keys(change).length > 0) return change
  throw new CommandError(say(policyTexts.nothing), exitCodes.usage)
}

function gpuOf(mode: NonNullable<PolicyOptions['gpuPolicy']>, wait: number | undefined) {
  if (mode === asFarm) return null
  if (mode === 'allow_unverified')
    return { mode, ...(wait !== undefined && { wait_seconds: wait }) }
  return { mode, wait_seconds: wait ?? defaultGpuPolicy.wait_seconds }
}

/** What does not go together the server refuses, and names the field. */
function scanOf(
  mode: NonNullable<PolicyOptions['scanPolicy']>,
  severity: PolicyOptions['scanSeverity'],
  wait: number | undefined,
): NonNullable<Change['scan_policy']> | null {
  if (mode === asFarm) return null
  const rest = {
    ...(severity !== undefined && { severity }),
    ...(wait !== undefined && { wait_seconds: wait }),
  }
  return mode === 'block' ? { mode, severity: severity ?? 'critical', ...rest } : { mode, ...rest }
}

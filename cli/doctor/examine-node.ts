import type { ShownNode } from '#contract/answers.ts'
import type { Say } from '../language.ts'
import { showSize } from '../output/show-amount.ts'
import { doctorTexts } from '../texts/doctor.ts'
import { type Finding, finding } from './finding.ts'

/** What keeps a node from work, and what is said of its GPUs. Pure. */
export function examineNode(node: ShownNode, say: Say): readonly Finding[] {
  const { name, status, inventory, drain, disk_low: disk } = node
  const gpus = inventory.gpus.map((gpu) => `${gpu.name} (${gpu.driver})`).join(', ')
  const about = [
    inventory.host.arch,
    `BuildKit ${inventory.buildkit.version}`,
    gpus || say(doctorTexts.noGpu),
    ...describeDisk(inventory.disk, say),
  ].join(', ')
  const first =
    status === 'lost'
      ? finding(name, 'warn', say(doctorTexts.lost), say(doctorTexts.lostAdvice))
      : finding(name, 'ok', about)
  const reasons = (inventory.findings ?? []).filter(({ severity }) => isTrouble(severity))
  return [
    first,
    ...(drain
      ? [
          finding(
            name,
            'warn',
            say(doctorTexts.drained, { reason: drain.reason ?? '' }),
            say(doctorTexts.drainedAdvice, { name }),
          ),
        ]
      : []),
    ...(disk ? [finding(name, 'warn', disk, say(doctorTexts.diskAdvice))] : []),
    ...reasons.map(({ code, severity, message, fix }) =>
      finding(`${name} ${code}`, severity === 'error' ? 'fail' : 'warn', message, fix),
    ),
  ]
}

function describeDisk(disk: ShownNode['inventory']['disk'], say: Say): readonly string[] {
  if (disk === undefined) return []
  const [free, all] = [showSize(disk.free_bytes), showSize(disk.total_bytes)]
  return [say(doctorTexts.diskFree, { free, all })]
}

const isTrouble = (severity: string) => ['warn', 'unsure', 'retry', 'error'].includes(severity)

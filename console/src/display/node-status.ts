import { CircleCheck, Remove, SwitchButton, Warning } from '@element-plus/icons-vue'
import type { Component } from 'vue'
import type { Tone } from './status.ts'

export type NodeStatus = 'ready' | 'lost' | 'draining' | 'drained' | 'disk_low'

export const nodeTones = {
  ready: { tone: 'good', icon: CircleCheck },
  lost: { tone: 'bad', icon: SwitchButton },
  draining: { tone: 'busy', icon: Remove },
  drained: { tone: 'quiet', icon: Remove },
  disk_low: { tone: 'warn', icon: Warning },
} as const satisfies Record<NodeStatus, { tone: Tone; icon: Component }>

interface Node {
  readonly status: 'ready' | 'lost'
  readonly disk_low?: string | null | undefined
  readonly drain?: { readonly done: boolean } | null | undefined
}

/** The one thing about a node that matters most to who looks. Pure. */
export function nodeStatus({ status, disk_low: diskLow, drain }: Node): NodeStatus {
  if (status === 'lost') return 'lost'
  if (drain) return drain.done ? 'drained' : 'draining'
  return diskLow ? 'disk_low' : 'ready'
}

import {
  CircleClose,
  CircleCheck,
  Lock,
  Remove,
  SwitchButton,
  Warning,
} from '@element-plus/icons-vue'
import type { Component } from 'vue'
import type { Tone } from './status.ts'

export type NodeStatus =
  | 'ready'
  | 'lost'
  | 'removed'
  | 'shut_out'
  | 'draining'
  | 'drained'
  | 'cordoned'
  | 'disk_low'

export const nodeTones = {
  ready: { tone: 'good', icon: CircleCheck },
  lost: { tone: 'bad', icon: SwitchButton },
  removed: { tone: 'quiet', icon: CircleClose },
  shut_out: { tone: 'bad', icon: Lock },
  draining: { tone: 'busy', icon: Remove },
  drained: { tone: 'quiet', icon: Remove },
  cordoned: { tone: 'warn', icon: Remove },
  disk_low: { tone: 'warn', icon: Warning },
} as const satisfies Record<NodeStatus, { tone: Tone; icon: Component }>

interface Node {
  readonly status: 'ready' | 'lost'
  readonly disk_low?: string | null | undefined
  readonly drain?: { readonly done: boolean } | null | undefined
  readonly cordon?: object | null | undefined
  readonly shut_out?: object | null | undefined
  readonly removed_at?: string | null | undefined
}

/** The one thing about a node that matters most to who looks. Pure. */
export function nodeStatus(node: Node): NodeStatus {
  if (node.removed_at) return 'removed'
  // It is lost as well, and waiting does not bring it back.
  if (node.shut_out) return 'shut_out'
  if (node.status === 'lost') return 'lost'
  if (node.drain) return node.drain.done ? 'drained' : 'draining'
  if (node.cordon) return 'cordoned'
  return node.disk_low ? 'disk_low' : 'ready'
}

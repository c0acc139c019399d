import {
  CircleCheck,
  CircleClose,
  Clock,
  Loading,
  RemoveFilled,
  Timer,
  Warning,
} from '@element-plus/icons-vue'
import type { Component } from 'vue'
import type { Status } from '#contract/stage.ts'

/** How something stands, by colour and shape: neither says it alone. */
export type Tone = 'good' | 'bad' | 'busy' | 'warn' | 'quiet'

export const toneIcons: Readonly<Record<Tone, Component>> = {
  good: CircleCheck,
  bad: CircleClose,
  busy: Loading,
  warn: Warning,
  quiet: RemoveFilled,
}

export const buildTones = {
  building: { tone: 'busy', icon: Loading },
  succeeded: { tone: 'good', icon: CircleCheck },
  failed: { tone: 'bad', icon: CircleClose },
  cancelled: { tone: 'quiet', icon: RemoveFilled },
  timed_out: { tone: 'bad', icon: Timer },
} as const satisfies Record<Status, { tone: Tone; icon: Component }>

export const waitingIcon = Clock

import {
  CircleCheck,
  CircleClose,
  Clock,
  Download,
  Loading,
  RemoveFilled,
  SwitchButton,
} from '@element-plus/icons-vue'
import type { Component } from 'vue'
import { type EnvironmentState, environmentStates } from '#contract/environment.ts'
import type { Tone } from './status.ts'

export const environmentTones = {
  waiting: { tone: 'busy', icon: Clock },
  pulling: { tone: 'busy', icon: Download },
  starting: { tone: 'busy', icon: Loading },
  running: { tone: 'good', icon: CircleCheck },
  stopping: { tone: 'busy', icon: Loading },
  stopped: { tone: 'quiet', icon: RemoveFilled },
  failed: { tone: 'bad', icon: CircleClose },
  lost: { tone: 'bad', icon: SwitchButton },
} as const satisfies Record<EnvironmentState, { tone: Tone; icon: Component }>

/** Whether it has files, and they do not just come or go. */
export function canBeSaved(one: {
  readonly state: string
  readonly node_id: string | null
}): boolean {
  return ['running', 'stopped', 'failed'].includes(one.state) && one.node_id !== null
}

/** A newer server may know more of them. */
export function isEnvironmentState(state: string): state is EnvironmentState {
  return environmentStates.some((known) => known === state)
}

import { type Policy, PolicyRule_Action, PolicySelector_MatchType } from './gen/control.ts'

/** Whether the daemon may read a source, told by a regular expression over its identifier such as `https://host/path`. */
export interface SourceRule {
  readonly action: 'allow' | 'deny'
  readonly pattern: string
}

const policyVersion = 1n

/** Rules in the daemon's form. Of those that match a source the last one decides; without any it is allowed. */
export function sourcePolicy(rules: readonly SourceRule[]): Policy {
  return {
    version: policyVersion,
    rules: rules.map(({ action, pattern }) => ({
      action: action === 'deny' ? PolicyRule_Action.DENY : PolicyRule_Action.ALLOW,
      selector: { identifier: pattern, matchType: PolicySelector_MatchType.REGEX },
    })),
  }
}

import { type Policy, PolicyRule_Action, PolicySelector_MatchType } from './gen/control.ts'

/** What the daemon does about a source, told by its identifier such as `https://host/path`. */
export type SourceRule =
  /** Whether it may be read; `pattern` is a regular expression. */
  | { readonly action: 'allow' | 'deny'; readonly pattern: string }
  /** Another is read in its place, once the rules have been asked about that one. */
  | { readonly action: 'convert'; readonly identifier: string; readonly to: string }

const policyVersion = 1n

/** Rules in the daemon's form. Of those that match a source the last one decides; without any it is allowed. */
export function sourcePolicy(rules: readonly SourceRule[]): Policy {
  return { version: policyVersion, rules: rules.map(toPolicyRule) }
}

function toPolicyRule(rule: SourceRule): Policy['rules'][number] {
  if (rule.action === 'convert') {
    const { EXACT } = PolicySelector_MatchType
    const selector = { identifier: rule.identifier, matchType: EXACT }
    return { action: PolicyRule_Action.CONVERT, selector, updates: { identifier: rule.to } }
  }
  return {
    action: rule.action === 'deny' ? PolicyRule_Action.DENY : PolicyRule_Action.ALLOW,
    selector: { identifier: rule.pattern, matchType: PolicySelector_MatchType.REGEX },
    updates: undefined,
  }
}

import type { SecretKind } from './left-out.ts'

/** Tokens by the prefixes that their makers give them so that they can be found; all are long and random. */
const tokens: readonly (readonly [kind: SecretKind, pattern: RegExp])[] = [
  ['github_token', /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60})/],
  ['gitlab_token', /\bglpat-[A-Za-z0-9_-]{20}/],
  ['aws_access_key', /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/],
  ['hugging_face_token', /\bhf_[A-Za-z0-9]{34}\b/],
  ['nvidia_api_key', /\bnvapi-[A-Za-z0-9_-]{60}/],
  ['slack_token', /\bxox[abeoprs]-[A-Za-z0-9-]{20}/],
  ['google_api_key', /\bAIza[A-Za-z0-9_-]{35}/],
  ['npm_token', /\bnpm_[A-Za-z0-9]{36}\b/],
  ['pypi_token', /\bpypi-AgE[A-Za-z0-9_-]{50}/],
  ['docker_hub_token', /\bdckr_pat_[A-Za-z0-9_-]{27}/],
  // The prefix alone also begins names such as sk-learn; a key has digits and both cases.
  ['api_key', /\bsk-(?=\S*[a-z])(?=\S*[A-Z])(?=\S*\d)[A-Za-z0-9_-]{32}/],
  ['json_web_token', /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/],
]

const privateKey = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/
/** After the @ of a password comes a host; after the @ of an image reference, a digest. */
const password = /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:([^\s/:@]+)@(?!sha256:)/i
/** What stands in examples and templates where the password would be. */
const placeholder = /^(?:[<{[$%*].*|(.)\1*)$/
/** Fewer different characters than this are a placeholder such as ghp_xxxx…, never chance. */
const minDistinct = 10

/**
 * What a text is by the look of it, such as `github_token`, when it is something that must stay secret. Only forms
 * that do not come about by chance are known, so that an honest value is hardly ever refused. Pure.
 */
export function findSecret(text: string): SecretKind | undefined {
  if (privateKey.test(text)) return 'private_key'
  const inUrl = password.exec(text)?.[1]
  if (inUrl !== undefined && !placeholder.test(inUrl)) return 'url_with_password'
  return tokens.find(([, pattern]) => isRandom(pattern.exec(text)?.[0]))?.[0]
}

function isRandom(match: string | undefined): boolean {
  return match !== undefined && new Set(match).size >= minDistinct
}

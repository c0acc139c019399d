import { valid, validRange } from '@renovatebot/pep440'
import { readMarker } from './read-marker.ts'
import { type Reading, refuseAnywhere } from './reading.ts'

const identifier = '[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?'
const head = new RegExp(`^(${identifier})\\s*(?:\\[([^\\]]*)\\])?\\s*(.*)$`)
const wholeName = new RegExp(`^${identifier}$`)
const clause = /^(===|==|~=|!=|<=|>=|<|>)\s*([A-Za-z0-9.!+*_-]+)$/

/**
 * A requirement of Python as PEP 508 has it, by name: extras, versions and markers, but no address. Names are compared as
 * PEP 503 has it, so that is how they are written. Pure.
 */
export function readRequirement(text: string): Reading {
  const [before = '', ...rest] = text.split(';')
  const condition = rest.length === 0 ? undefined : rest.join(';')
  const problem = refuseAnywhere(before) ?? (condition && refuseAnywhere(condition))
  if (problem) return { problem }
  const [, name, extrasText, versionsText = ''] = head.exec(before.trim()) ?? []
  if (name === undefined) return { problem: 'is no requirement: it does not begin with a name' }
  const extras = readExtras(extrasText)
  if (extras === undefined) return { problem: 'has extras that are none: expected [name,name]' }
  const versions = readVersions(versionsText)
  if (typeof versions === 'string') return { problem: versions }
  const required = `${normalName(name)}${extras}${versions.join(',')}`
  if (condition === undefined) return { item: required }
  const marker = readMarker(condition)
  if (marker === undefined) return { problem: 'has a marker after ";" that is none' }
  return { item: `${required} ; ${marker}` }
}

/** As indexes compare names. */
export function normalName(name: string): string {
  return name.replaceAll(/[-_.]+/g, '-').toLowerCase()
}

/** The name that a requirement in its normal form begins with. */
export function nameOf(requirement: string): string {
  return /^[a-z0-9-]+/.exec(requirement)?.[0] ?? ''
}

function readExtras(text: string | undefined): string | undefined {
  if (text === undefined || text.trim() === '') return ''
  const names = text.split(',').map((name) => name.trim())
  if (!names.every((name) => wholeName.test(name))) return undefined
  return `[${[...new Set(names.map(normalName))].toSorted().join(',')}]`
}

/** @returns the clauses in order, or what is wrong. */
function readVersions(text: string): readonly string[] | string {
  const [, inside] = /^\((.*)\)$/.exec(text.trim()) ?? []
  const list = (inside ?? text).trim()
  if (list === '') return []
  const parts = list.split(',').map((part) => clause.exec(part.trim()))
  const found = parts.map((part) => {
    const [, operator = '', version = ''] = part ?? []
    return isClause(operator, version) ? `${operator}${version}` : undefined
  })
  const clauses = found.filter((one) => one !== undefined)
  if (clauses.length < found.length)
    return 'has a version that PEP 440 does not know: expected ==1.2, >=1,<2, ~=1.4 or the like'
  return [...new Set(clauses)].toSorted()
}

/** `===` compares texts, whatever they are; the others compare versions. */
function isClause(operator: string, version: string): boolean {
  if (operator === '') return false
  if (operator === '===') return valid(version) !== null
  return validRange(`${operator}${version}`)
}

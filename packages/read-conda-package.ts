import { type Reading, refuseAnywhere } from './reading.ts'

const version = '[A-Za-z0-9][A-Za-z0-9_.!+*-]*'
const constraint = `(?:==|>=|<=|!=|~=|=|>|<)${version}`
const grammar = new RegExp(
  `^([A-Za-z0-9_][A-Za-z0-9_.-]*)(?:(=${version}=[A-Za-z0-9_.*]+)|(${constraint}(?:,${constraint})*))?$`,
)
const channel = /^[A-Za-z0-9][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9][A-Za-z0-9_.-]*)*$/

/** The part of conda's specifications that needs no quotes: `name`, `name>=1,<2`, `name=1.2=build`. Pure. */
export function readCondaPackage(text: string): Reading {
  if (text.includes('::')) return { problem: 'names a channel: name it in conda_channels' }
  const problem = refuseAnywhere(text)
  if (problem !== undefined) return { problem }
  const [, name, exact = '', constraints = ''] = grammar.exec(text.replaceAll(' ', '')) ?? []
  if (name !== undefined) return { item: `${name.toLowerCase()}${exact}${constraints}` }
  return {
    problem: 'is no package of conda: expected name, name>=1,<2, name=1.2 or name=1.2=build',
  }
}

/** The name of a channel, such as `conda-forge` or `pytorch/label/dev`. Pure. */
export function readCondaChannel(text: string): Reading {
  if (/^[a-z]+:\/\//i.test(text))
    return { problem: 'is an address, and channels are taken by name only' }
  if (text.length <= 128 && channel.test(text)) return { item: text }
  return { problem: 'is no name of a channel' }
}

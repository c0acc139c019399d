import { expect, it } from 'vitest'
import { readBases } from './bases.ts'

const platforms = { target: 'linux/arm/v7', build: 'linux/amd64' }
const read = (text: string, args: Record<string, string> = {}) =>
  readBases(text, { args, platforms })
const references = (...given: Parameters<typeof read>) =>
  read(...given).map(({ reference }) => reference)

it('finds images after FROM, COPY --from and RUN --mount', () => {
  const text = [
    'FROM debian:12 AS build',
    'FROM build AS next',
    'COPY --from=build --chown=1:1 /a /a',
    'COPY --from=busybox:1.36 /bin/sh /sh',
    'COPY --from=0 /b /b',
    'RUN --mount=type=bind,From=tools:2,target=/t --network=none /t/x',
    'FROM scratch',
  ].join('\n')
  expect(read(text)).toEqual([
    { reference: 'debian:12', line: 1, needed: false },
    { reference: 'busybox:1.36', line: 4, needed: false },
    { reference: 'tools:2', line: 6, needed: false },
  ])
})

it('fills in arguments: given ones before defaults, and only those that are declared', () => {
  const text = 'ARG TAG=1\nARG BASE=app:${TAG} UNUSED\nFROM ${BASE} AS a\nFROM ${OTHER:-busybox}\n'
  expect(references(text)).toEqual(['app:1', 'busybox'])
  expect(references(text, { TAG: '2', OTHER: 'x' })).toEqual(['app:2', 'busybox'])
})

it('fills in what the frontend knows of platforms by itself, unless it is given otherwise', () => {
  const text = [
    'ARG TARGETOS=plan9',
    'FROM --platform=$BUILDPLATFORM tools:$BUILDARCH AS tools',
    'FROM base-${TARGETARCH}${TARGETVARIANT:+-}${TARGETVARIANT}:${TARGETOS}-${TARGETSTAGE}',
  ].join('\n')
  expect(references(text)).toEqual(['tools:amd64', 'base-arm-v7:plan9-default'])
  const given = { TARGETARCH: 'mips', TARGETVARIANT: '', TARGETOS: 'linux' }
  expect(references(text, given)).toEqual(['tools:amd64', 'base-mips:linux-default'])
})

it('tells what the target needs from what it does not', () => {
  const text = [
    'FROM a AS first',
    'FROM b AS unused',
    'COPY --from=c /c /c',
    'FROM d AS last',
    'COPY --from=first /a /a',
    'ONBUILD COPY --from=e /e /e',
    'COPY --from=c /c /c',
    'FROM f AS later',
  ].join('\n')
  const needed = (target?: string) =>
    readBases(text, { args: {}, target, platforms })
      .filter((base) => base.needed)
      .map(({ reference, line }) => `${reference} ${line}`)
  expect(needed('LAST')).toEqual(['a 1', 'd 4', 'c 7'])
  expect(needed()).toEqual(['f 8'])
  expect(references(text)).toEqual(['a', 'b', 'd', 'f', 'c', 'e'])
})

it('says where nothing is left of a base, and leaves what cannot be filled in to the frontend', () => {
  expect(read('FROM ${NOTHING}\nFROM ${X:?is needed}\n')).toEqual([
    { reference: '', line: 1, needed: false },
  ])
})

it('does not take a flag in the command for a source', () => {
  expect(references('FROM a\nRUN tool --mount=from=b\n')).toEqual(['a'])
})

import { expect, it } from 'vitest'
import { readBases } from './bases.ts'

it('finds images after FROM, COPY --from and RUN --mount', () => {
  const text = [
    'FROM debian:12 AS build',
    'FROM build AS next',
    'COPY --from=build --chown=1:1 /a /a',
    'COPY --from=busybox:1.36 /bin/sh /sh',
    'COPY --from=0 /b /b',
    'RUN --mount=type=bind,from=tools:2,target=/t --network=none /t/x',
    'FROM scratch',
  ].join('\n')
  expect(readBases(text, {})).toEqual([
    { reference: 'debian:12', line: 1 },
    { reference: 'busybox:1.36', line: 4 },
    { reference: 'tools:2', line: 6 },
  ])
})

it('fills in arguments: given ones before defaults', () => {
  const text = 'ARG TAG=1\nARG BASE=app:${TAG}\nFROM ${BASE} AS a\nFROM ${OTHER:-busybox}\n'
  expect(readBases(text, {}).map(({ reference }) => reference)).toEqual(['app:1', 'busybox'])
  expect(readBases(text, { TAG: '2', OTHER: 'x' }).map(({ reference }) => reference)).toEqual([
    'app:2',
    'x',
  ])
})

it('does not take a flag in the command for a source', () => {
  expect(readBases('FROM a\nRUN tool --mount=from=b\n', {})).toEqual([{ reference: 'a', line: 1 }])
})

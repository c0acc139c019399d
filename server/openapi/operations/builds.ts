import {
  buildDetail,
  buildOrdered,
  buildPage,
  buildSummary,
  foundLines,
  stepList,
} from '#contract/wire/answers/build.ts'
import { contextStored } from '#contract/wire/answers/context.ts'
import { json, raw, type Resource } from '../operation.ts'

const one = '/api/builds/:id'

export const builds: Resource = {
  name: 'Builds',
  description: 'Builds with their stages, steps and logs, and the files that they take.',
  operations: {
    'GET /api/builds': {
      id: 'listBuilds',
      summary: 'List builds',
      answer: json(buildPage, 'One page of builds, newest first.'),
    },
    [`GET ${one}`]: {
      id: 'getBuild',
      summary: 'Show a build whole',
      description:
        'With why it waits, its attempts and stages, how it was verified, and its failure with the line at fault.',
      answer: json(buildDetail, 'The build.'),
    },
    [`PATCH ${one}`]: {
      id: 'orderBuild',
      summary: 'Put a waiting build first or last, or send it to a node',
      description: 'For operators.',
      answer: json(buildOrdered, 'The build, with its place in the queue.'),
      refusals: ['not_waiting'],
      example: { raised: 1 },
    },
    [`POST ${one}/cancel`]: {
      id: 'cancelBuild',
      summary: 'Cancel a build',
      description: 'In any stage before its name is moved. Its record stays.',
      answer: json(buildSummary, 'The build, which ends soon.', 202),
      refusals: ['already_final', 'too_late'],
    },
    [`GET ${one}/steps`]: {
      id: 'listSteps',
      summary: 'List the steps of an attempt',
      answer: json(
        stepList,
        'Each step with its line, duration, error, and whether it was cached.',
      ),
    },
    [`GET ${one}/logs`]: {
      id: 'followLog',
      summary: 'Follow a build',
      description:
        'Server-sent events `log` (LogEvent), `stage` (StageEvent), `step` (StepEvent) and `end` (EndEvent), from the first line on; it ends with the build. The id of an event is its place: who sends it as `Last-Event-ID` is told what comes after it.',
      answer: raw('text/event-stream', 'Events until the build ends.'),
      headers: { 'last-event-id': 'The id of the last event that was seen.' },
      refusals: ['log_dropped'],
    },
    [`GET ${one}/logs/download`]: {
      id: 'downloadLog',
      summary: 'Download the log of a build',
      answer: raw('text/plain', 'The log whole.'),
      refusals: ['log_dropped'],
    },
    [`GET ${one}/logs/search`]: {
      id: 'searchLog',
      summary: 'Find lines of the log that hold a text',
      answer: json(foundLines, 'One page of lines with attempt, line and place.'),
      refusals: ['log_dropped'],
    },
    'POST /api/contexts': {
      id: 'storeContext',
      summary: 'Upload the files of a build',
      description:
        'A tar, plain or packed with gzip or zstd, or a form whose parts `file` and `executable` have their path as file name. `.dockerignore` is applied. Unchanged files give the same digest.',
      answer: json(contextStored, 'The digest, which goes into the submit as `context`.', 201),
      takes: ['application/x-tar', 'application/gzip', 'application/zstd', 'multipart/form-data'],
      refusals: ['context_invalid', 'quota_context_bytes'],
    },
    'GET /api/contexts/:digest': {
      id: 'findContext',
      summary: 'Tell whether a context is kept',
      description: '`HEAD` tells the same: a context that is kept need not be sent again.',
      answer: json(contextStored, 'It is.'),
    },
  },
}

import { caller, newTokenAnswer, tokenPage, user, userPage } from '#contract/wire/answers/access.ts'
import { auditCheck, auditPage } from '#contract/wire/answers/audit.ts'
import { empty, json, raw, type Resource } from '../operation.ts'

export const access: Resource = {
  name: 'Access',
  description: 'Users and tokens, and what everybody did.',
  operations: {
    'GET /api/me': {
      id: 'getCaller',
      summary: 'Tell who the caller is',
      answer: json(caller, 'User, scopes, and the role in each project.'),
    },
    'GET /api/tokens': {
      id: 'listTokens',
      summary: 'List tokens',
      description: "The caller's own; those of another `user` for operators.",
      answer: json(tokenPage, 'One page of tokens, newest first.'),
    },
    'POST /api/tokens': {
      id: 'createToken',
      summary: 'Make a token',
      description: 'It may do no more than the token that makes it.',
      answer: json(newTokenAnswer, 'The token, which is not answered again.', 201),
      refusals: ['user_unknown', 'project_unknown'],
      example: {
        name: 'ci',
        user: 'alice',
        scopes: ['build'],
        project: 'team-a',
        expires_in_days: 30,
      },
    },
    'DELETE /api/tokens/:id': {
      id: 'revokeToken',
      summary: 'End a token at once',
      answer: empty('It opens nothing any more.'),
    },
    'GET /api/users': {
      id: 'listUsers',
      summary: 'List users',
      description: 'For operators.',
      answer: json(userPage, 'One page of users, by name.'),
    },
    'POST /api/users': {
      id: 'createUser',
      summary: 'Make a user',
      description: 'For operators.',
      answer: json(user, 'The user.', 201),
      refusals: ['user_exists'],
      example: { name: 'alice' },
    },
    'PATCH /api/users/:user': {
      id: 'changeUser',
      summary: 'Shut a user out, or make an operator of one',
      description: 'For operators.',
      answer: json(user, 'The user as it is now.'),
      example: { disabled: true },
    },
    'GET /api/audit': {
      id: 'listAudit',
      summary: 'List what was done',
      description: 'Of a project for its admins, of the farm for operators.',
      answer: json(auditPage, 'One page of entries, newest first.'),
    },
    'GET /api/audit/export': {
      id: 'exportAudit',
      summary: 'Export what was done',
      answer: raw('application/x-ndjson', 'One entry a line, the oldest first.'),
    },
    'GET /api/audit/check': {
      id: 'checkAudit',
      summary: 'Tell whether the audit log is whole',
      description: 'For operators. Its entries are chained by hashes.',
      answer: json(auditCheck, 'Whether it is, or the first entry at fault.'),
    },
  },
}

import { sessionPage, sessionState } from '#contract/wire/answers/session.ts'
import { empty, json, redirect, type Resource } from '../operation.ts'

export const sessions: Resource = {
  name: 'Sessions',
  description: 'How browsers are signed in. Whoever calls with a token needs none of this.',
  operations: {
    'GET /api/session': {
      id: 'getSession',
      summary: 'Tell who is signed in, and by which ways one can',
      answer: json(sessionState, 'Of the browser that asks.'),
      open: true,
    },
    'POST /api/session': {
      id: 'signIn',
      summary: 'Sign a browser in with a token',
      description: 'The session may do what the token may, and ends with it.',
      answer: json(sessionState, 'The browser has a cookie now.', 201),
      refusals: ['unauthenticated', 'forbidden', 'rate_limited'],
      example: { token: 'kiln_api_…' },
      open: true,
    },
    'DELETE /api/session': {
      id: 'signOut',
      summary: 'Sign a browser out',
      answer: empty('Its cookie is worth nothing any more.'),
      refusals: ['forbidden'],
      open: true,
    },
    'GET /api/session/oidc': {
      id: 'beginSignIn',
      summary: 'Go to the identity provider',
      answer: redirect('To the provider, or to a page that says why not.'),
      open: true,
    },
    'GET /api/session/oidc/callback': {
      id: 'completeSignIn',
      summary: 'Where the identity provider sends the browser back to',
      answer: redirect('To the page that was asked for, or to one that says why not.'),
      open: true,
    },
    'GET /api/sessions': {
      id: 'listSessions',
      summary: 'List the browsers that are signed in',
      description: "The caller's own; those of another `user` for operators.",
      answer: json(sessionPage, 'One page of sessions, newest first.'),
    },
    'DELETE /api/sessions/:id': {
      id: 'endSession',
      summary: 'Sign a browser out from elsewhere',
      answer: empty('It is let in no more.'),
    },
  },
}

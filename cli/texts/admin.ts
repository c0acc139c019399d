import type { Text } from '../language.ts'

/** What `--help` says of the commands of `kiln admin`, and what they answer. */
export const adminTexts = {
  admin: { en: 'for operators, and admins of projects', zh: '面向集群管理员和项目管理员' },
  users: { en: 'who may use the farm', zh: '集群的用户' },
  userList: { en: 'list users', zh: '列出用户' },
  userCreate: {
    en: 'make a user; `kiln tokens create --user` lets them in',
    zh: '创建用户；再用 `kiln tokens create --user` 生成令牌',
  },
  userSet: { en: 'change a user', zh: '修改用户' },
  userName: { en: 'name of a user', zh: '用户名' },
  operator: { en: 'an operator of the farm', zh: '设为集群管理员' },
  noOperator: { en: 'no operator any more', zh: '不再是集群管理员' },
  disable: { en: 'let in no more, from the next call on', zh: '从下一次调用起禁止访问' },
  enable: { en: 'let in again', zh: '恢复访问' },
  audit: { en: 'what was done, by whom', zh: '审计日志' },
  auditList: { en: 'list rows, newest first', zh: '列出记录（最新在前）' },
  auditExport: {
    en: 'all rows from the oldest on, a line of JSON each',
    zh: '从最早开始导出全部记录，每行一个 JSON',
  },
  auditCheck: { en: 'look whether the log is whole', zh: '检查日志是否完整' },
  auditActor: {
    en: 'only of user:NAME, with all tokens, or of one',
    zh: '只看 user:NAME（含其全部令牌）或某个令牌',
  },
  auditAction: { en: 'only what is called so', zh: '只看某种操作' },
  auditObject: { en: 'only about this', zh: '只看某个对象' },
  auditSince: {
    en: 'from this time on, as 2026-01-31T00:00:00Z',
    zh: '从该时间起，例如 2026-01-31T00:00:00Z',
  },
  auditUntil: { en: 'before this time', zh: '早于该时间' },
  auditWhole: { en: 'whole: {rows} rows, {hash}', zh: '完整：{rows} 条，{hash}' },
  auditBroken: { en: 'row {position} is {problem}', zh: '第 {position} 条 {problem}' },
  queue: {
    en: 'decide about the queue, of the farm or of --project',
    zh: '管理队列（集群或 --project）',
  },
  pause: { en: 'place nothing any more', zh: '暂停分配' },
  resume: { en: 'place again', zh: '恢复分配' },
  pauseReason: { en: 'why, for those whose builds wait', zh: '原因，告知等待构建的用户' },
  limit: {
    en: 'how many builds run at once',
    zh: '同时运行的构建数',
  },
  maxRunning: { en: 'builds at once, or none', zh: '同时运行的构建数，或 none' },
  perUser: { en: 'of each user', zh: '每个用户的上限' },
  weight: {
    en: 'what a project gets against others that wait, or with --user a user against the others in it',
    zh: '项目相对其他项目的权重；加 --user 则为用户在项目内的权重',
  },
  weightValue: { en: '1 to 1000: 2 gets twice what 1 gets', zh: '1 到 1000：2 获得的是 1 的两倍' },
  weightUser: { en: 'of this user in the project', zh: '项目内的该用户' },
  weighs: { en: '{name} has the weight {weight}', zh: '{name} 的权重为 {weight}' },
  ofUser: { en: 'that this user has submitted', zh: '由该用户提交的' },
  raise: { en: 'put a waiting build before all others', zh: '将等待中的构建排到最前' },
  lower: { en: 'put it after all others', zh: '排到最后' },
  restore: { en: 'put it where it comes by itself', zh: '恢复默认顺序' },
  toNode: { en: 'send it to this node alone', zh: '只发送到该节点' },
  cancelWaiting: { en: 'cancel the waiting builds that fit', zh: '取消符合条件的等待中的构建' },
  waitedSeconds: { en: 'that have waited for so long', zh: '已等待的秒数' },
  atMost: {
    en: 'cancel them, if there are no more than this; without it they are counted',
    zh: '不超过该数量时取消；不写则只计数',
  },
  counted: {
    en: '{count} builds wait; --at-most {count} cancels them',
    zh: '有 {count} 个构建在等待；--at-most {count} 可取消它们',
  },
  cancelled: {
    en: '{cancelled} of {count} are cancelled',
    zh: '已取消 {count} 个中的 {cancelled} 个',
  },
  ordered: { en: '{id} is ordered', zh: '已调整 {id}' },
} as const satisfies Record<string, Text>

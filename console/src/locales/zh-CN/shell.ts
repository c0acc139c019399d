export const shell = {
  navigation: '导航',
  menu: '打开导航',
  skip: '跳到主要内容',
  project: '项目',
  allProjects: '全部项目',
  light: '切换到浅色',
  dark: '切换到深色',
  operator: '集群管理员',
}

export const signIn = {
  title: '登录 Kiln',
  help: '请输入访问令牌。令牌可由管理员签发，或用 kiln token create 创建。',
  token: '访问令牌',
  refused: '令牌无效、已过期或已撤销。',
  submit: '登录',
}

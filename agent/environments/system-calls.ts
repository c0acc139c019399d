/**
 * System calls that programs in an environment may make, by what they are for: what an ordinary program needs, and nothing
 * that loads code into the kernel, mounts, makes namespaces, sets the clock, or reads what others do.
 */
const calls = {
  processes: `arch_prctl capget capset clone3 execve execveat exit exit_group fork get_robust_list getcpu
    getgid getgid32 getegid getegid32 geteuid geteuid32 getgroups getgroups32 getpgid getpgrp getpid getppid
    getpriority getresgid getresgid32 getresuid getresuid32 getsid gettid getuid getuid32 get_thread_area ioprio_get
    ioprio_set kill pidfd_open pidfd_send_signal prctl prlimit64 getrlimit setrlimit ugetrlimit getrusage
    rseq sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam
    sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr
    sched_setparam sched_setscheduler sched_yield set_robust_list set_thread_area set_tid_address setfsgid setfsgid32
    setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 setpgid setpriority setregid setregid32 setresgid
    setresgid32 setresuid setresuid32 setreuid setreuid32 setsid setuid setuid32 seccomp tgkill times tkill
    umask uname vfork wait4 waitid waitpid sysinfo modify_ldt`,
  signals: `alarm getitimer pause restart_syscall rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo
    rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo setitimer sigaltstack
    signalfd signalfd4 sigprocmask sigreturn`,
  memory: `brk madvise membarrier memfd_create memfd_secret mincore mlock mlock2 mlockall mmap mmap2 mprotect mremap
    mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect process_mrelease remap_file_pages map_shadow_stack`,
  locks: `futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake landlock_add_rule
    landlock_create_ruleset landlock_restrict_self`,
  time: `clock_getres clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep
    clock_nanosleep_time64 gettimeofday nanosleep time timer_create timer_delete timer_getoverrun timer_gettime
    timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64
    timerfd_settime timerfd_settime64 adjtimex clock_adjtime clock_adjtime64`,
  files: `access chdir chmod chown chown32 chroot close close_range copy_file_range creat dup dup2 dup3
    faccessat faccessat2 fadvise64 fadvise64_64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat
    fcntl fcntl64 fdatasync fgetxattr flistxattr flock fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs
    fstatfs64 fsync ftruncate ftruncate64 futimesat getcwd getdents getdents64 getxattr getxattrat lchown lchown32
    lgetxattr link linkat listxattr listxattrat llistxattr _llseek lremovexattr lseek lsetxattr lstat lstat64 mkdir
    mkdirat mknod mknodat newfstatat open openat openat2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read
    readahead readlink readlinkat readv removexattr removexattrat rename renameat renameat2 rmdir sendfile
    sendfile64 setxattr setxattrat splice stat stat64 statfs statfs64 statx symlink symlinkat sync sync_file_range
    syncfs tee truncate truncate64 unlink unlinkat utime utimensat utimensat_time64 utimes vmsplice write writev
    cachestat fanotify_mark inotify_add_watch inotify_init inotify_init1 inotify_rm_watch`,
  waiting: `epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old
    eventfd eventfd2 poll ppoll ppoll_time64 pselect6 pselect6_time64 select _newselect pipe pipe2 ioctl
    io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit`,
  sockets: `accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg
    recvmmsg_time64 recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socketcall socketpair`,
  messages: `ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend
    mq_timedsend_time64 mq_unlink msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64
    shmat shmctl shmdt shmget getrandom process_vm_readv process_vm_writev ptrace`,
}

/** What the kernel would take for a new namespace in the flags of `clone`. */
const namespaceFlags = 0x7e_02_00_00
/** Sockets to other virtual machines of the host. */
const vsockFamily = 40
const invalid = 1
const unknown = 38

const permitted = Object.entries(calls)
  .flatMap(([, names]) => names.split(/\s+/))
  .filter((name) => name !== '' && name !== 'clone3')

/** How the programs of an environment are kept from the rest of the kernel, as the OCI runtime specification has it. */
export const systemCallRules = {
  defaultAction: 'SCMP_ACT_ERRNO',
  defaultErrnoRet: invalid,
  architectures: archOf(process.arch),
  syscalls: [
    { names: permitted, action: 'SCMP_ACT_ALLOW' },
    {
      names: ['socket'],
      action: 'SCMP_ACT_ALLOW',
      args: [{ index: 0, value: vsockFamily, op: 'SCMP_CMP_NE' }],
    },
    {
      names: ['clone'],
      action: 'SCMP_ACT_ALLOW',
      args: [{ index: 0, value: namespaceFlags, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
    },
    // Its flags lie in memory, where they cannot be judged: programs then use `clone`.
    { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: unknown },
    ...[0x0, 0x8, 0x2_0000, 0x2_0008, 0xffff_ffff].map((value) => ({
      names: ['personality'],
      action: 'SCMP_ACT_ALLOW',
      args: [{ index: 0, value, op: 'SCMP_CMP_EQ' }],
    })),
  ],
}

function archOf(arch: string): readonly string[] {
  return arch === 'arm64'
    ? ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM']
    : ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32']
}

#define _GNU_SOURCE
#include "find-python.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"

enum { MAX_ARGUMENTS = 32, MISUSED = 2, NOT_STARTED = 3 };

static char found[512];

/* In the image's own order first: what its users would start. */
static const char *const also = "/opt/venv/bin:/opt/conda/bin:/usr/local/bin:/usr/bin:/bin";

static int find_in(const char *folders, const char *name) {
  while (folders != NULL && *folders != '\0') {
    size_t length = strcspn(folders, ":");
    if (length > 0 && length + strlen(name) + 2 < sizeof found) {
      memcpy(found, folders, length);
      found[length] = '\0';
      append(found, sizeof found, "/");
      append(found, sizeof found, name);
      if (access(found, X_OK) == 0) return 1;
    }
    folders += length + (folders[length] == ':');
  }
  return 0;
}

static const char *find_python(void) {
  const char *path = getenv("PATH");
  if (find_in(path, "python3") || find_in(path, "python") || find_in(also, "python3")) return found;
  return NULL;
}

static const char *value_of(const char *name, char **arguments) {
  for (; *arguments != NULL; arguments++)
    if (strcmp(*arguments, name) == 0 && arguments[1] != NULL) return arguments[1];
  return "";
}

int run_script(char **arguments) {
  const char *python = NULL;
  if (*arguments != NULL && strcmp(*arguments, "--python") == 0 && arguments[1] != NULL) {
    python = arguments[1];
    arguments += 2;
  }
  if (*arguments == NULL) return MISUSED;
  if (python == NULL) python = find_python();
  if (python == NULL) {
    write_no_python(STDOUT_FILENO, value_of("--nonce", arguments));
    return 0;
  }
  /* Isolated and without site: no variable and no file of the image runs before the script. */
  char *command[MAX_ARGUMENTS] = {(char *)python, "-I", "-S", "-B"};
  for (int at = 4; at + 1 < MAX_ARGUMENTS && *arguments != NULL; at++) command[at] = *arguments++;
  execv(python, command);
  return NOT_STARTED;
}

/* apk-tools' own comparison (src/version.c of its tree). */
#include <stdio.h>
#include <string.h>

#include "apk_defines.h"
#include "apk_version.h"

/* Of its blobs, what a version never asks for. */
int apk_digest_alg_len(unsigned char algorithm) { return algorithm - algorithm; }

int main(int count, char **arguments) {
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    printf("apk-tools %s\n", count > 1 ? arguments[1] : "");
    while ((length = getline(&line, &size, stdin)) > 0) {
        if (line[length - 1] == '\n') line[length - 1] = 0;
        char *tab = strchr(line, '\t');
        *tab = 0;
        apk_blob_t a = APK_BLOB_STR(line), b = APK_BLOB_STR(tab + 1);
        if (!apk_version_validate(a) || !apk_version_validate(b)) {
            putchar('!');
            continue;
        }
        int order = apk_version_compare(a, b);
        putchar(order == APK_VERSION_LESS ? '<' : order == APK_VERSION_GREATER ? '>' : '=');
    }
    putchar('\n');
}

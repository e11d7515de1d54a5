#include "client/text.h"

#include <string.h>

bool client_text_valid(const char *text, size_t size)
{
    static const char allowed[] = "/-?:().,'+ ";
    size_t length = 0;

    while (length < size && text[length] != 0) {
        char c = text[length];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && strchr(allowed, c) == NULL) {
            return false;
        }
        length++;
    }
    return length > 0 && length < size && text[0] != ' ' && text[length - 1] != ' ';
}

/* Pushes as text for people, or as one JSON object per line for programs. */
#ifndef TOCSIN_PUSH_PRINTER_H_
#define TOCSIN_PUSH_PRINTER_H_

#include <tocsin_client.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A block on standard output: time, priority, id, title, body, data, collapse
 * key if there is one. Control characters, which could control the terminal,
 * come out as '?'. */
void push_print_text(const tocsin_push* push);

/* {"messageId":..., "priority":..., "sentAtMs":..., "expiresAtMs":...,
 * "collapseKey":... if there is one, "title":..., "body":..., "data":{...}} and
 * a newline. */
void push_print_json(const tocsin_push* push);

/* "recalled" and the id of the message that is withdrawn. */
void push_print_recall_text(uint64_t message_id);

/* {"recalls":"0123456789abcdef"} and a newline. */
void push_print_recall_json(uint64_t message_id);

#ifdef __cplusplus
}
#endif

#endif

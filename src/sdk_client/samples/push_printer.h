/* Pushes as text for people, or as one JSON object a line for programs. */
#ifndef TOCSIN_PUSH_PRINTER_H_
#define TOCSIN_PUSH_PRINTER_H_

#include <tocsin_client.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A block on standard output: time, priority, id, title, body, data. Control
 * characters, which could steer the terminal, come out as '?'. */
void push_print_text(const tocsin_push* push);

/* {"messageId":..., "priority":..., "sentAtMs":..., "expiresAtMs":...,
 * "title":..., "body":..., "data":{...}} and a newline. */
void push_print_json(const tocsin_push* push);

#ifdef __cplusplus
}
#endif

#endif

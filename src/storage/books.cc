#include "storage/books.h"

#include "runtime/log.h"
#include "storage/keys.h"
#include "storage/sets.h"

namespace tocsin::storage {

absl::StatusOr<Books> read_books(const Store& store, const Messages& messages, AppId app,
                                 MessageId message, uint64_t now_ms) {
  const auto head = messages.head(app, message);
  if (!head.ok()) return head.status();
  if (!head->has_value() || !report_exists((*head)->expires_at_ms, now_ms)) {
    return absl::NotFoundError(
        fmt::format("no message {} of this app, or its report has ended", message.text()));
  }
  const BookId book = (*head)->book();
  auto targeted = read_set(store, book_set_prefix(book, BookSet::targeted));
  auto delivered = read_set(store, book_set_prefix(book, BookSet::delivered));
  auto opened = read_set(store, book_set_prefix(book, BookSet::opened));
  auto dropped = read_set(store, book_set_prefix(book, BookSet::dropped));
  for (const auto* set : {&targeted, &delivered, &opened, &dropped}) {
    if (!set->ok()) return set->status();
  }
  Books books;
  books.message = message;
  books.priority = (*head)->priority;
  books.accepted_at_ms = (*head)->accepted_at_ms;
  books.expires_at_ms = (*head)->expires_at_ms;
  books.delivered = delivered->size();
  books.opened = opened->size();
  books.dropped = (*head)->dropped + dropped->size();
  if ((*head)->is_cast) {
    // A gateway may have reached a device that storage did not yet know to match.
    targeted->unite(*delivered);
    books.targeted = targeted->size();
  } else {
    books.targeted = (*head)->targeted;
  }
  const uint64_t open = books.targeted - books.delivered - books.dropped;
  const bool over = now_ms >= books.expires_at_ms;
  (over ? books.expired : books.pending) = open;
  return books;
}

}  // namespace tocsin::storage

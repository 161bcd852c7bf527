#include <array>
#include <memory>
#include <optional>

#include "base/fixed_int.h"
#include "base/limits.h"
#include "storage/questions/handlers.h"
#include "storage/store/detail_row.h"
#include "storage/store/expiry.h"
#include "storage/store/keys.h"

namespace tocsin::storage {
namespace {

using internal::MessagePageQuestion;
using Rows = std::unique_ptr<Store::Rows>;

MessageId end_of_page(MessageId before) {
  return before.value == 0 ? MessageId{UINT64_MAX} : before;
}

MessageId message_of(const Store::Rows& rows) {
  return MessageId{get_be<uint64_t>(rows.key().substr(rows.key().size() - 8))};
}

std::optional<uint64_t> expiry_of_message(std::string_view value) {
  internal::MessageRow row;
  if (!row.ParseFromArray(value.data(), static_cast<int>(value.size()))) return std::nullopt;
  return row.envelope().expires_at_ms();
}

std::optional<uint64_t> expiry_of_label(std::string_view value) {
  return expiry_of_detail({}, value);
}

// Fills a page from runs of rows, each from its newest.
template <size_t runs>
absl::StatusOr<MessagePageQuestion::Answer> merge(
    const std::array<Rows, runs>& sources, size_t max,
    std::optional<uint64_t> (*expiry_of)(std::string_view value), const LogTime& time,
    uint64_t now_ms) {
  MessagePageQuestion::Answer page;
  MessageId last;
  for (size_t looked_at = 0;; ++looked_at) {
    Store::Rows* newest = nullptr;
    for (const Rows& rows : sources) {
      const bool more = rows->valid();
      if (!more && !rows->status().ok()) return rows->status();
      if (more && (newest == nullptr || message_of(*rows) > message_of(*newest))) {
        newest = rows.get();
      }
    }
    if (newest == nullptr) return page;
    if (static_cast<size_t>(page.message_ids_size()) >= max || looked_at >= limits::page_rows_max) {
      page.set_next(last.value);
      return page;
    }
    last = message_of(*newest);
    const auto expires_at_ms = expiry_of(newest->value());
    if (!expires_at_ms) return absl::DataLossError("row of " + last.text() + " cannot be read");
    if (report_exists(*expires_at_ms, now_ms, time)) page.add_message_ids(last.value);
    newest->next();
  }
}

AnswerTo<MessagePageQuestion> all(const MessagePageQuestion& question, const QuestionParts& parts,
                                  uint64_t now_ms) {
  const AppId app{question.app_id()};
  const MessageId end = end_of_page(MessageId{question.before()});
  const Store& store = parts.store;
  const std::array<Rows, 2> sources = {
      store.rows_backwards(Family::casts, message_prefix(true, app), message_key(true, app, end)),
      store.rows_backwards(Family::casts, message_prefix(false, app),
                           message_key(false, app, end))};
  return merge(sources, question.messages_max(), expiry_of_message, store.log_time(), now_ms);
}

AnswerTo<MessagePageQuestion> labelled(const MessagePageQuestion& question,
                                       const QuestionParts& parts, uint64_t now_ms) {
  const bool is_label = question.has_label();
  const std::string& text = is_label ? question.label() : question.group();
  if (text.empty() || text.size() > limits::label_bytes_max) return MessagePageQuestion::Answer();
  const AppId app{question.app_id()};
  const Detail kind = is_label ? Detail::label : Detail::group;
  const std::array<Rows, 1> sources = {parts.store.rows_backwards(
      Family::details, label_prefix(app, kind, text),
      label_key(app, kind, text, end_of_page(MessageId{question.before()})))};
  return merge(sources, question.messages_max(), expiry_of_label, parts.store.log_time(), now_ms);
}

}  // namespace

AnswerTo<MessagePageQuestion> answer(const MessagePageQuestion& question,
                                     const QuestionParts& parts, uint64_t now_ms) {
  const bool any = question.with_case() == MessagePageQuestion::WITH_NOT_SET;
  return any ? all(question, parts, now_ms) : labelled(question, parts, now_ms);
}

}  // namespace tocsin::storage

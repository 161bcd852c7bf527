#include "storage/questions/message_list.h"

#include <array>
#include <memory>
#include <optional>

#include "base/fixed_int.h"
#include "base/limits.h"
#include "storage/store/detail_row.h"
#include "storage/store/expiry.h"
#include "storage/store/keys.h"

namespace tocsin::storage {
namespace {

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
absl::StatusOr<MessagePage> merge(const std::array<Rows, runs>& sources, size_t max,
                                  std::optional<uint64_t> (*expiry_of)(std::string_view value),
                                  const LogTime& time, uint64_t now_ms) {
  MessagePage page;
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
    if (page.messages.size() >= max || looked_at >= limits::page_rows_max) {
      page.next = last;
      return page;
    }
    last = message_of(*newest);
    const auto expires_at_ms = expiry_of(newest->value());
    if (!expires_at_ms) return absl::DataLossError("row of " + last.text() + " cannot be read");
    if (report_exists(*expires_at_ms, now_ms, time)) page.messages.push_back(last);
    newest->next();
  }
}

}  // namespace

bool has_good_labels(const internal::Envelope& envelope) {
  return envelope.label().size() <= limits::label_bytes_max &&
         envelope.group().size() <= limits::label_bytes_max;
}

void put_labels(const internal::Envelope& envelope, Store::Batch& batch) {
  const AppId app{envelope.app_id()};
  const MessageId message{envelope.message_id()};
  const std::string row = label_row(envelope.expires_at_ms());
  const auto put = [&](Detail kind, const std::string& text) {
    if (!text.empty()) batch.put(Family::details, label_key(app, kind, text, message), row);
  };
  put(Detail::label, envelope.label());
  put(Detail::group, envelope.group());
}

absl::StatusOr<MessagePage> list_messages(const Store& store, AppId app, MessageId before,
                                          size_t max, uint64_t now_ms) {
  const MessageId end = end_of_page(before);
  const std::array<Rows, 2> sources = {
      store.rows_backwards(Family::casts, message_prefix(true, app), message_key(true, app, end)),
      store.rows_backwards(Family::casts, message_prefix(false, app),
                           message_key(false, app, end))};
  return merge(sources, max, expiry_of_message, store.log_time(), now_ms);
}

absl::StatusOr<MessagePage> list_labelled(const Store& store, AppId app, const MessageLabel& label,
                                          MessageId before, size_t max, uint64_t now_ms) {
  if (label.text.empty() || label.text.size() > limits::label_bytes_max) return MessagePage();
  const Detail kind = label.kind == MessageLabel::Kind::label ? Detail::label : Detail::group;
  const std::array<Rows, 1> sources = {
      store.rows_backwards(Family::details, label_prefix(app, kind, label.text),
                           label_key(app, kind, label.text, end_of_page(before)))};
  return merge(sources, max, expiry_of_label, store.log_time(), now_ms);
}

}  // namespace tocsin::storage

#include "storage/apply/message_rows.h"

#include <string>

#include "storage/store/detail_row.h"
#include "storage/store/keys.h"

namespace tocsin::storage {
namespace {

void put_labels(const internal::Envelope& envelope, Batch& batch) {
  const AppId app{envelope.app_id()};
  const MessageId message{envelope.message_id()};
  const std::string row = label_row(envelope.expires_at_ms());
  const auto put = [&](Detail kind, const std::string& text) {
    if (!text.empty()) batch.put(Family::details, label_key(app, kind, text, message), row);
  };
  put(Detail::label, envelope.label());
  put(Detail::group, envelope.group());
}

}  // namespace

void put_message(const internal::MessageRow& row, const Messages& messages, Batch& batch) {
  const AppId app{row.envelope().app_id()};
  const MessageId message{row.envelope().message_id()};
  batch.put(Family::casts, message_key(row.is_cast(), app, message), row.SerializeAsString());
  put_labels(row.envelope(), batch);
  batch.then([&messages, message] { messages.changed(message); });
}

}  // namespace tocsin::storage

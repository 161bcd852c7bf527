#include "cli/calls/list_upload.h"

#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <utility>

#include "base/ids.h"
#include "json/to_json.h"

namespace tocsin::cli {
namespace {

// Text that cannot be JSON gives an empty line, and the server says that the message is missing.
std::string one_line(const google::protobuf::Message& message) {
  return json::try_to_json(message, json::Zeros::omit).value_or("\n");
}

std::string trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") + 1 - first);
}

}  // namespace

ListUpload::ListUpload(const Session& session, std::string name, std::istream& in, uint64_t bytes,
                       const v1::SendRequest& message)
    : in_(in), bytes_(bytes), name_(std::move(name)), progress_(session.console) {
  v1::SendToListRequest head;
  *head.mutable_message() = message;
  head_ = one_line(head);
}

absl::StatusOr<std::string> ListUpload::next() {
  if (!head_.empty()) return std::exchange(head_, {});
  v1::SendToListRequest piece;
  for (std::string text; piece.device_ids_size() < ids_per_line && std::getline(in_, text);) {
    ++lines_;
    bytes_read_ += text.size() + 1;
    const std::string id = trimmed(text);
    if (id.empty()) continue;
    if (!DeviceId::parse(id)) {
      progress_.clear();
      return absl::InvalidArgumentError(
          fmt::format("line {} of {} is not a device id, 32 hexadecimal digits; nothing was sent",
                      lines_, name_));
    }
    piece.add_device_ids(id);
  }
  ids_ += static_cast<uint64_t>(piece.device_ids_size());
  if (piece.device_ids_size() == 0) {
    progress_.clear();
    return std::string();
  }
  show();
  return one_line(piece);
}

void ListUpload::show() {
  const std::string count = fmt::format("{} device ids", ids_);
  const double share = static_cast<double>(bytes_read_) / static_cast<double>(bytes_);
  progress_.show(bytes_ == 0 ? count : bar(share) + "  " + count);
}

absl::StatusOr<runtime::HttpsAnswer> send_to_list(const Session& session, const std::string& name,
                                                  const v1::SendRequest& message) {
  std::error_code no_size;
  std::ifstream file;
  uint64_t bytes = 0;
  if (name != "-") {
    file.open(name, std::ios::binary);
    if (!file.is_open() || std::filesystem::is_directory(name, no_size)) {
      return absl::InvalidArgumentError(fmt::format("cannot read {}", name));
    }
    const uint64_t size = std::filesystem::file_size(name, no_size);
    if (!no_size) bytes = size;
  }
  ListUpload upload(session, name, name == "-" ? session.console.in : file, bytes, message);
  return session.api.upload(messages_path(session) + "/list", [&upload] { return upload.next(); });
}

}  // namespace tocsin::cli

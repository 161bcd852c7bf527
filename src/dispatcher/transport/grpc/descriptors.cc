#include "dispatcher/transport/grpc/descriptors.h"

#include <algorithm>
#include <set>
#include <utility>

#include <absl/status/status.h>
#include <google/protobuf/descriptor.pb.h>

namespace tocsin::dispatcher {
namespace {

using google::protobuf::FileDescriptor;

void fail(absl::StatusCode code, const std::string& message, Descriptors::Response& response) {
  auto& error = *response.mutable_error_response();
  error.set_error_code(static_cast<int>(code));
  error.set_error_message(message);
}

void not_found(const std::string& what, Descriptors::Response& response) {
  fail(absl::StatusCode::kNotFound, "there is no such " + what, response);
}

}  // namespace

Descriptors::Descriptors(const Files& files)
    : pool_(google::protobuf::DescriptorPool::generated_pool()) {
  for (const File* file : files) {
    add(*file);
    for (int i = 0; i < file->service_count(); ++i) {
      services_.push_back(file->service(i)->full_name());
    }
  }
  std::sort(services_.begin(), services_.end());
}

void Descriptors::add(const File& file) {
  if (serialized_.contains(&file)) return;
  google::protobuf::FileDescriptorProto proto;
  file.CopyTo(&proto);
  serialized_[&file] = proto.SerializeAsString();
  for (int i = 0; i < file.dependency_count(); ++i) add(*file.dependency(i));
}

Descriptors::Response Descriptors::answer(const Request& request) const {
  Response response;
  response.set_valid_host(request.host());
  *response.mutable_original_request() = request;
  switch (request.message_request_case()) {
    case Request::kFileByFilename:
      answer_file(pool_->FindFileByName(request.file_by_filename()), response);
      break;
    case Request::kFileContainingSymbol:
      answer_file(pool_->FindFileContainingSymbol(request.file_containing_symbol()), response);
      break;
    case Request::kFileContainingExtension:
      answer_extension(request.file_containing_extension(), response);
      break;
    case Request::kAllExtensionNumbersOfType:
      answer_numbers(request.all_extension_numbers_of_type(), response);
      break;
    case Request::kListServices:
      for (const std::string& name : services_) {
        response.mutable_list_services_response()->add_service()->set_name(name);
      }
      break;
    case Request::MESSAGE_REQUEST_NOT_SET:
      fail(absl::StatusCode::kInvalidArgument, "the request asks for nothing", response);
  }
  return response;
}

// With all that it imports, so that one question is enough.
void Descriptors::answer_file(const File* file, Response& response) const {
  if (!has(file)) return not_found("file or symbol", response);
  auto& files = *response.mutable_file_descriptor_response();
  std::set<const File*> told;
  for (Files waiting{file}; !waiting.empty();) {
    const File* next = waiting.back();
    waiting.pop_back();
    if (!told.insert(next).second) continue;
    files.add_file_descriptor_proto(serialized_.at(next));
    for (int i = 0; i < next->dependency_count(); ++i) waiting.push_back(next->dependency(i));
  }
}

void Descriptors::answer_extension(const grpc::reflection::v1::ExtensionRequest& request,
                                   Response& response) const {
  const auto* type = pool_->FindMessageTypeByName(request.containing_type());
  const auto* extension =
      type == nullptr ? nullptr : pool_->FindExtensionByNumber(type, request.extension_number());
  if (extension == nullptr || !has(extension->file())) return not_found("extension", response);
  answer_file(extension->file(), response);
}

void Descriptors::answer_numbers(const std::string& type_name, Response& response) const {
  const auto* type = pool_->FindMessageTypeByName(type_name);
  if (type == nullptr || !has(type->file())) return not_found("type", response);
  auto& numbers = *response.mutable_all_extension_numbers_response();
  numbers.set_base_type_name(type_name);
  std::vector<const google::protobuf::FieldDescriptor*> extensions;
  pool_->FindAllExtensions(type, &extensions);
  for (const auto* extension : extensions) {
    if (has(extension->file())) numbers.add_extension_number(extension->number());
  }
}

}  // namespace tocsin::dispatcher

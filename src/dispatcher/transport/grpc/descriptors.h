// Descriptors: what reflection tells of the schema: the services that this server has, and the
// files they are made of, out of the descriptors in the program itself.
//
// Names and requests are those of grpc.reflection.v1; v1alpha has the same messages on the wire.
//
// Thread: owned by one.
// Bound: the schema's files once more, serialized (about 100 KB).
#pragma once

#include <grpc/reflection/v1/reflection.pb.h>
#include <map>
#include <string>
#include <vector>

#include <google/protobuf/descriptor.h>

namespace tocsin::dispatcher {

class Descriptors {
 public:
  using Request = grpc::reflection::v1::ServerReflectionRequest;
  using Response = grpc::reflection::v1::ServerReflectionResponse;
  using Files = std::vector<const google::protobuf::FileDescriptor*>;

  // The services in `files`; what those import is known, too.
  explicit Descriptors(const Files& files);

  // The answer to one question; an error of its own for what is not known.
  Response answer(const Request& request) const;

 private:
  using File = google::protobuf::FileDescriptor;
  void add(const File& file);
  void answer_file(const File* file, Response& response) const;
  void answer_extension(const grpc::reflection::v1::ExtensionRequest& request,
                        Response& response) const;
  void answer_numbers(const std::string& type, Response& response) const;
  bool has(const File* file) const { return file != nullptr && serialized_.contains(file); }

  const google::protobuf::DescriptorPool* pool_;
  std::vector<std::string> services_;
  std::map<const File*, std::string> serialized_;
};

}  // namespace tocsin::dispatcher

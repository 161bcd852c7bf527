#include "dispatcher/transport/grpc/descriptors.h"

#include <set>

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include "tocsin/v1/push.pb.h"

namespace tocsin::dispatcher {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using Request = Descriptors::Request;
using Response = Descriptors::Response;

class DescriptorsTest : public ::testing::Test {
 protected:
  static std::set<std::string> files(const Response& response) {
    std::set<std::string> names;
    for (const std::string& bytes : response.file_descriptor_response().file_descriptor_proto()) {
      google::protobuf::FileDescriptorProto file;
      EXPECT_TRUE(file.ParseFromString(bytes));
      names.insert(file.name());
    }
    return names;
  }
  Response symbol(const std::string& name) {
    Request request;
    request.set_file_containing_symbol(name);
    return descriptors_.answer(request);
  }
  Response file(const std::string& name) {
    Request request;
    request.set_file_by_filename(name);
    return descriptors_.answer(request);
  }
  Response extension(const std::string& type, int number) {
    Request request;
    request.mutable_file_containing_extension()->set_containing_type(type);
    request.mutable_file_containing_extension()->set_extension_number(number);
    return descriptors_.answer(request);
  }
  Response numbers(const std::string& type) {
    Request request;
    request.set_all_extension_numbers_of_type(type);
    return descriptors_.answer(request);
  }
  static void expect_unknown(const Response& response) {
    EXPECT_EQ(response.error_response().error_code(), 5) << response.ShortDebugString();
  }

  Descriptors descriptors_{{v1::SendRequest::descriptor()->file()}};
};

TEST_F(DescriptorsTest, ListsServicesAndSaysWhatWasAsked) {
  Request request;
  request.set_host("h");
  request.set_list_services("*");
  const Response response = descriptors_.answer(request);
  ASSERT_EQ(response.list_services_response().service_size(), 1);
  EXPECT_EQ(response.list_services_response().service(0).name(), "tocsin.v1.Send");
  EXPECT_EQ(response.valid_host(), "h");
  EXPECT_EQ(response.original_request().SerializeAsString(), request.SerializeAsString());
}

TEST_F(DescriptorsTest, AFileComesWithAllItImports) {
  const auto of_service = files(symbol("tocsin.v1.Send"));
  EXPECT_THAT(of_service, Contains("tocsin/v1/push.proto"));
  EXPECT_THAT(of_service, Contains("tocsin/v1/http.proto"));
  EXPECT_THAT(of_service, Contains("google/protobuf/descriptor.proto"));
  EXPECT_EQ(files(symbol("tocsin.v1.Send.WatchMessage")), of_service);
  EXPECT_EQ(files(symbol("tocsin.v1.SendRequest.tag")), of_service);
  EXPECT_EQ(files(file("tocsin/v1/push.proto")), of_service);
}

TEST_F(DescriptorsTest, ExtensionsAreFound) {
  constexpr char type[] = "google.protobuf.MethodOptions";
  EXPECT_THAT(files(extension(type, 50000)), Contains("tocsin/v1/http.proto"));
  EXPECT_THAT(numbers(type).all_extension_numbers_response().extension_number(),
              ElementsAre(50000));
  EXPECT_EQ(numbers(type).all_extension_numbers_response().base_type_name(), type);
  const Response none = numbers("tocsin.v1.SendRequest");
  EXPECT_TRUE(none.has_all_extension_numbers_response());
  EXPECT_EQ(none.all_extension_numbers_response().extension_number_size(), 0);
  expect_unknown(extension(type, 50001));
  expect_unknown(extension("tocsin.v1.None", 1));
  expect_unknown(numbers("tocsin.v1.None"));
}

TEST_F(DescriptorsTest, WhatIsNotPublicIsUnknown) {
  expect_unknown(symbol("tocsin.v1.None"));
  expect_unknown(symbol(""));
  expect_unknown(symbol("tocsin.internal.Record"));
  expect_unknown(file("tocsin/internal/record.proto"));
  EXPECT_EQ(descriptors_.answer(Request()).error_response().error_code(), 3);
}

}  // namespace
}  // namespace tocsin::dispatcher

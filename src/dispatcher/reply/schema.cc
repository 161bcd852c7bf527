#include "dispatcher/reply/schema.h"

#include <map>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "base/check.h"
#include "tocsin/v1/admin.pb.h"
#include "tocsin/v1/apps.pb.h"
#include "tocsin/v1/audience.pb.h"
#include "tocsin/v1/devices.pb.h"
#include "tocsin/v1/push.pb.h"
#include "tocsin/v1/reports.pb.h"
#include "tocsin/v1/schedules.pb.h"
#include "tocsin/v1/webhooks.pb.h"

namespace tocsin::dispatcher {
namespace {

Method method_from(const google::protobuf::MethodDescriptor& descriptor) {
  const v1::Call& call = descriptor.options().GetExtension(v1::call);
  const size_t space = call.http().find(' ');
  TOCSIN_CHECK(space != std::string::npos && call.scope() != v1::SCOPE_UNSPECIFIED);
  return {.descriptor = &descriptor,
          .name = descriptor.name(),
          .verb = call.http().substr(0, space),
          .path = call.http().substr(space + 1),
          .success = call.success() == 0 ? 200 : static_cast<int>(call.success()),
          .scope = call.scope(),
          .body_optional = call.body_optional()};
}

std::vector<Method> read_schema() {
  std::vector<Method> methods;
  for (const auto* file :
       {v1::SendRequest::descriptor()->file(), v1::Device::descriptor()->file(),
        v1::Totals::descriptor()->file(), v1::Audience::descriptor()->file(),
        v1::App::descriptor()->file(), v1::Schedule::descriptor()->file(),
        v1::Webhook::descriptor()->file(), v1::ServerStatus::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      const auto& service = *file->service(s);
      for (int m = 0; m < service.method_count(); ++m) {
        methods.push_back(method_from(*service.method(m)));
      }
    }
  }
  return methods;
}

}  // namespace

bool Method::streams() const { return descriptor->client_streaming(); }
bool Method::streams_answers() const { return descriptor->server_streaming(); }

const std::vector<Method>& api_methods() {
  static const std::vector<Method> methods = read_schema();
  return methods;
}

const Method& method_of(const google::protobuf::Descriptor& request) {
  static const auto by_request = [] {
    std::map<const google::protobuf::Descriptor*, const Method*> map;
    for (const Method& method : api_methods()) {
      TOCSIN_CHECK(map.emplace(method.descriptor->input_type(), &method).second);
    }
    return map;
  }();
  return *by_request.at(&request);
}

std::string app_in(const google::protobuf::Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("app");
  return field == nullptr ? "" : request.GetReflection()->GetString(request, field);
}

}  // namespace tocsin::dispatcher

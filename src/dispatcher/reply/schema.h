// The calls of the API as the schema (proto/tocsin/v1) declares them: services, methods, and the
// REST path of each. Routes, key checks and handlers are looked up here, so a call that is not in
// the schema does not exist.
//
// Thread: any; immutable once made.
#pragma once

#include <string>
#include <vector>

#include "tocsin/v1/http.pb.h"

namespace tocsin::dispatcher {

struct Method {
  const google::protobuf::MethodDescriptor* descriptor = nullptr;
  std::string name;  // "GetMessage"; unique among all services
  std::string verb;  // "GET"
  std::string path;  // "/v1/apps/{app}/messages/{message_id}"
  int success = 200;
  v1::Scope scope = v1::SCOPE_UNSPECIFIED;
  bool body_optional = false;

  // Takes a stream of requests: handled by the transport, not by a handler.
  bool streams() const;
  // Has several answers.
  bool streams_answers() const;
  bool takes_body() const { return verb == "POST" || verb == "PATCH"; }
};

const std::vector<Method>& api_methods();

// The method that takes this request; each has a type of its own.
const Method& method_of(const google::protobuf::Descriptor& request);

// The text in the field `app` of a request; empty when there is no such field.
std::string app_in(const google::protobuf::Message& request);

}  // namespace tocsin::dispatcher

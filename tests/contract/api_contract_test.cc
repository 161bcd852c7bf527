// One table of calls, made over REST and over gRPC on two installations that are alike: the answers
// must be the same, errors with every detail included.
#include <fmt/format.h>
#include <regex>
#include <set>

#include <gmock/gmock.h>
#include <google/protobuf/util/time_util.h>
#include <gtest/gtest.h>

#include "dispatcher/reply/schema.h"
#include "dispatcher/transport/json_body.h"
#include "json/to_json.h"
#include "tocsin/v1/apps.pb.h"
#include "tocsin/v1/push.pb.h"

#include "tests/support/grpc_client.h"
#include "tests/support/installation.h"

namespace tocsin::dispatcher {
namespace {

using google::protobuf::Message;

enum class With { admin_key, send_key, other_key, wrong_key, no_key };

// {known}: a device of the app "demo"; {sent}: the message that the last Send made.
struct Case {
  std::string call;
  With with;
  std::string request;  // JSON, the fields of the path included
  int status;           // HTTP
};

constexpr With admin = With::admin_key;
constexpr With send = With::send_key;

const Case cases[] = {
    {"CreateApp", admin, R"({"app":"demo"})", 201},
    {"CreateApp", admin, R"({"app":"other"})", 201},
    {"CreateApp", admin, R"({"app":"demo"})", 409},
    {"CreateApp", admin, R"({"app":"Capital"})", 400},
    {"CreateApp", admin, R"({})", 400},
    {"CreateApp", send, R"({"app":"more"})", 403},
    {"CreateApp", With::no_key, R"({"app":"more"})", 401},
    {"CreateApp", With::wrong_key, R"({"app":"more"})", 401},
    {"ListApps", admin, "{}", 200},
    {"ListApps", send, "{}", 403},
    {"Send", send, R"({"app":"demo","everyone":true,"notification":{"title":"T"}})", 202},
    {"Send", send, R"({"app":"demo","everyone":true,"data":{"k":"v"},"ttl":"60s"})", 202},
    {"Send", send, R"({"app":"demo","device":"{known}","data":{"k":"v"}})", 202},
    {"GetMessage", send, R"({"app":"demo","messageId":"{sent}"})", 200},
    {"GetMessage", send, R"({"app":"demo","messageId":"0000000000000001"})", 404},
    {"GetMessage", send, R"({"app":"demo","messageId":"short"})", 400},
    {"GetMessage", With::other_key, R"({"app":"demo","messageId":"{sent}"})", 403},
    {"GetDeviceReport", send, R"({"app":"demo","messageId":"{sent}","deviceId":"{known}"})", 200},
    {"GetDeviceReport", send, R"({"app":"demo","messageId":"{sent}","deviceId":"x"})", 400},
    {"RecallMessage", send, R"({"app":"demo","messageId":"{sent}","notify":true})", 200},
    {"RecallMessage", send, R"({"app":"demo","messageId":"0000000000000001"})", 404},
    {"Send", send, R"({"app":"demo","alias":"nobody","data":{"k":"v"}})", 202},
    {"Send", send, R"({"app":"demo","audience":"tag:a and not tag:b","data":{"k":"v"}})", 202},
    {"Send", send, R"({"app":"demo","audience":"tag:a and","data":{"k":"v"}})", 400},
    {"Send", send, R"({"app":"demo","data":{"k":"v"}})", 400},
    {"Send", send, R"({"app":"demo","everyone":true})", 400},
    {"Send", send, R"({"app":"demo","device":"zz","ttl":"9000000s","priority":7})", 400},
    {"Send", send, R"({"app":"demo","device":"ffffffffffffffffffffffffffffffff","data":{"k":"v"}})",
     404},
    {"Send", send, R"({"app":"nosuch","everyone":true,"data":{"k":"v"}})", 401},
    {"Send", admin, R"({"app":"nosuch","everyone":true,"data":{"k":"v"}})", 404},
    {"Send", admin, R"({"app":"demo","everyone":true,"data":{"k":"v"}})", 202},
    {"Send", send,
     R"({"app":"demo","tag":"a","exclude":"alias:u9","notification":{"title":"T","badge":3}})",
     202},
    {"Send", send, R"({"app":"demo","device":"{known}","exclude":"tag:a","data":{"k":"v"}})", 400},
    {"Send", send, R"({"app":"demo","tag":"a","data":{"tocsin.k":"v"}})", 400},
    {"Send", send, R"({"app":"demo","tag":"a","data":{"k":"v"},"validateOnly":true})", 202},
    {"Send", send, R"({"app":"demo","device":"{known}","data":{"k":"v"},"validateOnly":true})",
     202},
    {"SendBatch", send,
     R"({"app":"demo","messages":[{"tag":"a","data":{"k":"v"}},{"tag":"a"},{"everyone":true,
           "data":{"k":"v"},"validateOnly":true}]})",
     200},
    {"SendBatch", send, R"({"app":"demo"})", 400},
    {"UpdateDevice", send, R"({"app":"demo","deviceId":"{known}","addTags":["a"],"alias":"u1"})",
     200},
    {"GetDevice", send, R"({"app":"demo","deviceId":"{known}"})", 200},
    {"GetDevice", send, R"({"app":"demo","deviceId":"00000000000000000000000000000000"})", 404},
    {"ListDevices", send, R"({"app":"demo","audience":"tag:a","pageSize":1})", 200},
    {"ListDevices", send, R"({"app":"demo","audience":"tag:"})", 400},
    {"ListDevices", send, R"({"app":"demo","pageSize":1001})", 400},
    {"ListDevices", send, R"({"app":"demo","pageToken":"zz"})", 400},
    {"UpdateDevice", send, R"({"app":"demo","deviceId":"{known}","addTags":["not a tag"]})", 400},
    {"UpdateDevice", send,
     R"({"app":"demo","deviceId":"ffffffffffffffffffffffffffffffff","addTags":["a"]})", 404},
    {"CountAudience", send, R"({"app":"demo","audience":"tag:a and alias:u1"})", 200},
    {"CountAudience", send, R"({"app":"demo","audience":"(("})", 400},
    {"ChangeAudience", send, R"({"app":"demo","audience":"beta","add":["{known}"]})", 200},
    {"ChangeAudience", send, R"({"app":"demo","audience":"be ta","add":["{known}"]})", 400},
    {"ChangeAudience", send, R"({"app":"demo","audience":"beta","add":["zz"]})", 400},
    {"ListAudiences", send, R"({"app":"demo"})", 200},
    {"DeleteAudience", send, R"({"app":"demo","audience":"beta"})", 200},
    {"DeleteAudience", send, R"({"app":"demo","audience":"beta"})", 404},
    {"DeleteAudience", send, R"({"app":"demo","audience":"be ta"})", 400},
    {"DeleteAlias", send, R"({"app":"demo","alias":"nobody"})", 404},
    {"DeleteAlias", send, R"({"app":"demo","alias":"u1"})", 200},
    {"DeleteDevice", send, R"({"app":"demo","deviceId":"{known}"})", 404},
    {"GetApp", send, R"({"app":"demo"})", 200},
    {"UpdateApp", send, R"({"app":"demo","settings":{"payloadBytesMax":4000}})", 200},
    {"UpdateApp", send, R"({"app":"demo","settings":{"payloadBytesMax":5000,"sendBurst":1}})", 400},
    {"GetWebhook", send, R"({"app":"demo"})", 404},
    {"TestWebhook", send, R"({"app":"demo"})", 404},
    {"UpdateApp", send, R"({"app":"demo","settings":{"webhookUrl":"ftp://x"}})", 400},
    {"UpdateApp", send, R"({"app":"demo","settings":{"webhookUrl":"https://192.0.2.1/hook"}})",
     200},
    {"GetApp", send, R"({"app":"demo"})", 200},
    {"GetWebhook", send, R"({"app":"demo"})", 200},
    {"ListDeadLetters", send, R"({"app":"demo"})", 200},
    {"RetryDeadLetters", send, R"({"app":"demo"})", 200},
    {"RetryDeadLetters", send, R"({"app":"demo","deadLetterIds":["0000000000000001"]})", 404},
    {"DeleteDeadLetter", send, R"({"app":"demo","deadLetterId":"0000000000000001"})", 404},
    {"UpdateApp", send, R"({"app":"demo","settings":{}})", 200},
    {"CreateKey", send, R"({"app":"demo","keyId":"reader","scopes":["READ"],"label":"l"})", 201},
    {"CreateKey", send, R"({"app":"demo","keyId":"reader","scopes":["READ"]})", 409},
    {"CreateKey", send, R"({"app":"demo","keyId":"Not","scopes":["OPERATOR"]})", 400},
    {"ListKeys", send, R"({"app":"demo"})", 200},
    {"RotateKey", send, R"({"app":"demo","keyId":"reader","overlap":"60s"})", 200},
    {"RotateKey", send, R"({"app":"demo","keyId":"none"})", 404},
    {"RevokeKey", send, R"({"app":"demo","keyId":"reader"})", 200},
    {"RevokeKey", send, R"({"app":"demo","keyId":"reader"})", 404},
    {"Send", send, R"({"app":"demo","tag":"a","data":{"k":"v"},"sendTime":"2027-06-01T00:00:00Z"})",
     202},
    {"GetSchedule", send, R"({"app":"demo","messageId":"{sent}"})", 200},
    {"ListSchedules", send, R"({"app":"demo"})", 200},
    {"UpdateSchedule", send,
     R"({"app":"demo","messageId":"{sent}","sendTime":"2027-06-02T00:00:00Z"})", 200},
    {"UpdateSchedule", send,
     R"({"app":"demo","messageId":"{sent}","sendTime":"2020-06-02T00:00:00Z"})", 400},
    {"DeleteSchedule", send, R"({"app":"demo","messageId":"{sent}"})", 200},
    {"DeleteSchedule", send, R"({"app":"demo","messageId":"{sent}"})", 404},
    {"Send", send,
     R"({"app":"demo","everyone":true,"notification":{"title":"T"},"pacing":{"perS":1},
         "canary":{"percent":10,"watch":"60s"},"quietHours":{"from":"22:00","until":"07:00"},
         "deliverIf":{"unmetered":true},"platforms":{"ios":{"notification":{"badge":1}}}})",
     202},
    {"GetMessage", send, R"({"app":"demo","messageId":"{sent}"})", 200},
    {"StopMessage", send, R"({"app":"demo","messageId":"{sent}"})", 200},
    {"StopMessage", send, R"({"app":"demo","messageId":"{sent}"})", 200},
    {"StopMessage", send, R"({"app":"demo","messageId":"0000000000000001"})", 404},
    {"StopMessage", send, R"({"app":"demo","messageId":"zz"})", 400},
    {"Send", send,
     R"({"app":"demo","everyone":true,"data":{"k":"v"},"localTime":"2027-06-01T09:00"})", 400},
    {"Send", send,
     R"({"app":"demo","everyone":true,"data":{"k":"v"},"priority":"ALERT","pacing":{}})", 400},
    {"Send", send, R"({"app":"demo","tag":"a","data":{"k":"v"}})", 202},
    {"StopMessage", send, R"({"app":"demo","messageId":"{sent}"})", 400},
    {"Send", send,
     R"({"app":"demo","everyone":true,"data":{"k":"v"},"pacing":{"over":"100s"},
         "validateOnly":true})",
     202},
    {"ListMessages", send, R"({"app":"demo","pageSize":3})", 200},
    {"ListMessages", send, R"({"app":"demo","label":"a","group":"b"})", 400},
    {"GetTotals", send, R"({"app":"demo"})", 200},
    {"GetTotals", send, R"({"app":"demo","label":"none","untilTime":"2026-06-01T00:00:00Z"})", 200},
    {"GetTotals", send, R"({"app":"demo","label":"a","group":"b"})", 400},
    {"GetTotals", send,
     R"({"app":"demo","fromTime":"2026-06-02T00:00:00Z","untilTime":"2026-06-01T00:00:00Z"})", 400},
    {"GetTotals", With::other_key, R"({"app":"demo"})", 403},
    {"GetSeries", send, R"({"app":"demo","step":"HOUR","untilTime":"2026-06-01T00:00:00Z"})", 200},
    {"GetSeries", send, R"({"app":"demo","fromTime":"2020-01-01T00:00:00Z"})", 400},
    {"GetStatus", admin, "{}", 200},
    {"CreateBackup", admin, "{}", 201},
};

// What differs between any two runs: ids, keys, times, sizes.
std::string without_chance(std::string json) {
  for (const auto& [pattern, name] : {std::pair{"[0-9a-f]{64}", "KEY"},
                                      {"[0-9a-f]{16}(?=[\"/ ])", "MESSAGE"},
                                      {"\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z", "TIME"},
                                      {"\"(residentBytes|bytes)\":\"\\d+\"", "BYTES"},
                                      {"\"(log|applied)Position\":\"\\d+\"", "POSITION"},
                                      {"\"folder\":\"[^\"]*\"", "FOLDER"}}) {
    json = std::regex_replace(json, std::regex(pattern), name);
  }
  return json;
}

const Method& method_named(const std::string& name) {
  for (const Method& method : api_methods()) {
    if (method.name == name) return method;
  }
  ADD_FAILURE() << "the schema has no call " << name;
  return api_methods().front();
}

struct Outcome {
  int status;
  std::string json;
};

// An installation, and how it is called.
class Caller {
 public:
  virtual ~Caller() = default;

  Outcome run(const Case& one) {
    const Method& method = method_named(one.call);
    std::unique_ptr<Message> request(google::protobuf::MessageFactory::generated_factory()
                                         ->GetPrototype(method.descriptor->input_type())
                                         ->New());
    EXPECT_TRUE(parse_json(filled(one.request), *request).ok()) << one.request;
    at_.await_applied();
    const Outcome outcome = call(method, key(one.with), *request);
    learn(one, outcome.json);
    return outcome;
  }

 protected:
  virtual Outcome call(const Method& method, const std::string& key, const Message& request) = 0;

  test::Installation at_;

 private:
  std::string filled(std::string text) const {
    text = std::regex_replace(text, std::regex("\\{known\\}"), DeviceId{{7}}.text());
    return std::regex_replace(text, std::regex("\\{sent\\}"), sent_);
  }

  std::string key(With with) const {
    switch (with) {
      case With::admin_key:
        return test::admin_key;
      case With::send_key:
        return keys_.empty() ? "tsk_none" : keys_[0];
      case With::other_key:
        return keys_[1];
      case With::wrong_key:
        return "tsk_" + std::string(64, '0');
      case With::no_key:
        break;
    }
    return {};
  }

  void learn(const Case& one, const std::string& json) {
    if (one.call == "CreateApp" && one.status == 201) {
      v1::App app;
      ASSERT_TRUE(parse_json(json, app).ok()) << json;
      keys_.push_back(app.send_key());
      if (keys_.size() == 1) at_.register_device(1, DeviceId{{7}}, "a");
    }
    if (one.call == "Send" && one.status == 202 &&
        one.request.find("validateOnly") == std::string::npos) {
      v1::SendResponse response;
      ASSERT_TRUE(parse_json(json, response).ok()) << json;
      sent_ = response.message_id();
    }
  }

  std::vector<std::string> keys_;
  std::string sent_;
};

class RestCaller final : public Caller {
  static std::string text_of(const Message& request,
                             const google::protobuf::FieldDescriptor& field) {
    using Field = google::protobuf::FieldDescriptor;
    const auto& reflection = *request.GetReflection();
    switch (field.cpp_type()) {
      case Field::CPPTYPE_STRING:
        return reflection.GetString(request, &field);
      case Field::CPPTYPE_ENUM:
        return reflection.GetEnum(request, &field)->name();
      case Field::CPPTYPE_MESSAGE:
        return google::protobuf::util::TimeUtil::ToString(
            static_cast<const google::protobuf::Timestamp&>(
                reflection.GetMessage(request, &field)));
      default:
        return std::to_string(reflection.GetUInt32(request, &field));
    }
  }

  // The fields that the path does not have, in JSON's spelling.
  static std::string query_of(const Method& method, const Message& request) {
    std::string query;
    std::vector<const google::protobuf::FieldDescriptor*> set;
    request.GetReflection()->ListFields(request, &set);
    for (const auto* field : set) {
      if (method.path.find("{" + field->name() + "}") != std::string::npos) continue;
      const std::string text = text_of(request, *field);
      query += fmt::format("{}{}={}", query.empty() ? "?" : "&", field->json_name(), text);
    }
    return query;
  }

  Outcome call(const Method& method, const std::string& key, const Message& request) override {
    std::string path = method.path;
    const auto* reflection = request.GetReflection();
    for (size_t open = path.find('{'); open != std::string::npos; open = path.find('{')) {
      const size_t close = path.find('}');
      const auto* field =
          request.GetDescriptor()->FindFieldByName(path.substr(open + 1, close - open - 1));
      const std::string text = reflection->GetString(request, field);
      path.replace(open, close + 1 - open, std::regex_replace(text, std::regex(" "), "%20"));
    }
    if (!method.takes_body()) path += query_of(method, request);
    const auto answer = at_.client()->call(
        {.method = method.verb,
         .target = path,
         .bearer_token = key,
         .body = method.takes_body() ? json::to_json(request, json::Zeros::omit) : std::string()});
    EXPECT_TRUE(answer.ok()) << answer.status().ToString();
    return answer.ok() ? Outcome{answer->status, answer->body} : Outcome{0, ""};
  }
};

class GrpcCaller final : public Caller {
  Outcome call(const Method& method, const std::string& key, const Message& request) override {
    test::GrpcClient client(at_.grpc_port(), at_.ca_pem());
    const auto outcome = client.call(method, key, request);
    if (outcome.status.ok())
      return {method.success, json::to_json(*outcome.response, json::Zeros::keep)};
    EXPECT_EQ(outcome.status.error_message(), outcome.error.message());
    v1::ErrorResponse error;
    *error.mutable_error() = outcome.error;
    return {outcome.error.code(), json::to_json(error, json::Zeros::omit)};
  }
};

TEST(ApiContract, RestAndGrpcGiveTheSameAnswers) {
  if (!test::grpc_is_on) GTEST_SKIP() << "without gRPC there is nothing to compare";
  RestCaller rest;
  GrpcCaller grpc;
  for (const Case& one : cases) {
    const std::string what = one.call + " " + one.request;
    const Outcome over_rest = rest.run(one);
    const Outcome over_grpc = grpc.run(one);
    EXPECT_EQ(over_rest.status, one.status) << what << over_rest.json;
    EXPECT_EQ(over_grpc.status, one.status) << what << over_grpc.json;
    EXPECT_EQ(without_chance(over_rest.json), without_chance(over_grpc.json)) << what;
    if (HasFatalFailure()) return;
  }
}

TEST(ApiContract, EveryCallOfTheSchemaIsInTheTable) {
  std::set<std::string> called;
  for (const Case& one : cases) called.insert(one.call);
  for (const Method& method : api_methods()) {
    if (method.streams_answers()) continue;  // watch_contract_test.cc
    EXPECT_TRUE(method.streams() || called.contains(method.name)) << method.name;
  }
}

}  // namespace
}  // namespace tocsin::dispatcher

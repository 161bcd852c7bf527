// Api: the calls that an app server and an operator make, over one connection.
//
// Thread: one owner; calls block it.
// Bound: 15 s a call.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "runtime/http/https_client.h"

#include "tests/crash/model.h"
#include "tests/crash/server.h"

namespace tocsin::crash {

class Api {
 public:
  explicit Api(const ServerAddress& server);

  // Send `message`, which the model knows, and tell the model what came of it.
  void send(const Message& message, Model& model);
  // 201: the new app with its keys. nullopt without an answer; anything else is complained about.
  std::optional<AppPast> create_app(const std::string& name, Model& model);

  struct Report {
    int status = 0;  // 0: no answer
    Books books;     // with 200
  };
  Report report(const AppPast& app, MessageId message);
  // Device counts by app name. nullopt without an answer.
  std::optional<std::map<std::string, uint64_t>> list_apps();
  // Log positions "durable, applied", for people.
  std::string positions();

  // The last call got no answer: the server has died, or cannot be reached.
  bool is_broken() const { return is_broken_; }

 private:
  runtime::HttpsAnswer call(const std::string& method, const std::string& target,
                            const std::string& key, const std::string& body = "");

  const std::string admin_key_;
  std::unique_ptr<runtime::HttpsClient> client_;
  bool is_broken_ = false;
  bool is_dead_ = false;  // the connection broke, and not because time ran out
};

// The body of a send.
std::string send_body(const Message& message, const Model& model);

}  // namespace tocsin::crash

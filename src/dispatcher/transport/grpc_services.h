// The services of the schema as gRPC's generated code wants them: every method starts a GrpcCall.
//
// Thread: called on gRPC's threads.
#pragma once

#include "dispatcher/transport/grpc_call.h"
#include "tocsin/v1/admin.grpc.pb.h"
#include "tocsin/v1/apps.grpc.pb.h"
#include "tocsin/v1/audience.grpc.pb.h"
#include "tocsin/v1/devices.grpc.pb.h"
#include "tocsin/v1/push.grpc.pb.h"
#include "tocsin/v1/reports.grpc.pb.h"
#include "tocsin/v1/schedules.grpc.pb.h"
#include "tocsin/v1/webhooks.grpc.pb.h"

namespace tocsin::dispatcher {

using GrpcContext = grpc::CallbackServerContext;
using GrpcUnary = grpc::ServerUnaryReactor;

class SendService final : public v1::Send::CallbackService {
 public:
  explicit SendService(GrpcCalls& calls) : calls_(calls) {}
  GrpcUnary* Send(GrpcContext* at, const v1::SendRequest* in, v1::SendResponse* out) override {
    return calls_.start(at, in, out);
  }
  GrpcUnary* SendBatch(GrpcContext* at, const v1::SendBatchRequest* in,
                       v1::SendBatchResponse* out) override {
    return calls_.start(at, in, out);
  }
  grpc::ServerReadReactor<v1::SendToListRequest>* SendToList(GrpcContext* at,
                                                             v1::SendResponse* out) override {
    return calls_.start_list(at, out);
  }
  GrpcUnary* ListMessages(GrpcContext* at, const v1::ListMessagesRequest* in,
                          v1::ListMessagesResponse* out) override {
    return calls_.start(at, in, out);
  }
  grpc::ServerWriteReactor<v1::MessageReport>* WatchMessage(
      GrpcContext* at, const v1::WatchMessageRequest* in) override {
    return calls_.start_watch(at, in);
  }
  GrpcUnary* GetMessage(GrpcContext* at, const v1::GetMessageRequest* in,
                        v1::MessageReport* out) override {
    return calls_.start(at, in, out);
  }
  GrpcUnary* RecallMessage(GrpcContext* at, const v1::RecallRequest* in,
                           v1::RecallResponse* out) override {
    return calls_.start(at, in, out);
  }
  GrpcUnary* StopMessage(GrpcContext* at, const v1::StopRequest* in,
                         v1::MessageReport* out) override {
    return calls_.start(at, in, out);
  }
  GrpcUnary* GetDeviceReport(GrpcContext* at, const v1::GetDeviceReportRequest* in,
                             v1::DeviceReport* out) override {
    return calls_.start(at, in, out);
  }

 private:
  GrpcCalls& calls_;
};

class ReportsService final : public v1::Reports::CallbackService {
 public:
  explicit ReportsService(GrpcCalls& calls) : calls_(calls) {}
  GrpcUnary* GetTotals(GrpcContext* at, const v1::GetTotalsRequest* in, v1::Totals* out) override {
    return calls_.start(at, in, out);
  }
  GrpcUnary* GetSeries(GrpcContext* at, const v1::GetSeriesRequest* in, v1::Series* out) override {
    return calls_.start(at, in, out);
  }

 private:
  GrpcCalls& calls_;
};

class DevicesService final : public v1::Devices::CallbackService {
 public:
  explicit DevicesService(GrpcCalls& calls) : calls_(calls) {}
  GrpcUnary* GetDevice(GrpcContext* at, const v1::GetDeviceRequest* in, v1::Device* out) override {
    return calls_.start(at, in, out);
  }
  GrpcUnary* ListDevices(GrpcContext* at, const v1::ListDevicesRequest* in,
                         v1::ListDevicesResponse* out) override {
    return calls_.start(at, in, out);
  }
  GrpcUnary* UpdateDevice(GrpcContext* at, const v1::UpdateDeviceRequest* in,
                          v1::Device* out) override {
    return calls_.start(at, in, out);
  }
  GrpcUnary* DeleteDevice(GrpcContext* at, const v1::DeleteDeviceRequest* in,
                          v1::Nothing* out) override {
    return calls_.start(at, in, out);
  }
  GrpcUnary* DeleteAlias(GrpcContext* at, const v1::DeleteAliasRequest* in,
                         v1::Nothing* out) override {
    return calls_.start(at, in, out);
  }

 private:
  GrpcCalls& calls_;
};

class AudiencesService final : public v1::Audiences::CallbackService {
 public:
  explicit AudiencesService(GrpcCalls& calls) : calls_(calls) {}
  GrpcUnary* CountAudience(GrpcContext* at, const v1::CountRequest* in,
                           v1::AudienceCount* out) override {
    return calls_.start(at, in, out);
  }
  GrpcUnary* ListAudiences(GrpcContext* at, const v1::ListAudiencesRequest* in,
                           v1::ListAudiencesResponse* out) override {
    return calls_.start(at, in, out);
  }
  GrpcUnary* ChangeAudience(GrpcContext* at, const v1::ChangeAudienceRequest* in,
                            v1::Audience* out) override {
    return calls_.start(at, in, out);
  }
  GrpcUnary* DeleteAudience(GrpcContext* at, const v1::DeleteAudienceRequest* in,
                            v1::Nothing* out) override {
    return calls_.start(at, in, out);
  }

 private:
  GrpcCalls& calls_;
};

class SchedulesService final : public v1::Schedules::CallbackService {
 public:
  explicit SchedulesService(GrpcCalls& calls) : calls_(calls) {}
  GrpcUnary* ListSchedules(GrpcContext* at, const v1::ListSchedulesRequest* in,
                           v1::ListSchedulesResponse* out) override {
    return calls_.start(at, in, out);
  }
  GrpcUnary* GetSchedule(GrpcContext* at, const v1::GetScheduleRequest* in,
                         v1::Schedule* out) override {
    return calls_.start(at, in, out);
  }
  GrpcUnary* UpdateSchedule(GrpcContext* at, const v1::UpdateScheduleRequest* in,
                            v1::Schedule* out) override {
    return calls_.start(at, in, out);
  }
  GrpcUnary* DeleteSchedule(GrpcContext* at, const v1::DeleteScheduleRequest* in,
                            v1::Nothing* out) override {
    return calls_.start(at, in, out);
  }

 private:
  GrpcCalls& calls_;
};

class AppsService final : public v1::Apps::CallbackService {
 public:
  explicit AppsService(GrpcCalls& calls) : calls_(calls) {}
  GrpcUnary* CreateApp(GrpcContext* at, const v1::CreateAppRequest* in, v1::App* out) override {
    return calls_.start(at, in, out);
  }
  GrpcUnary* ListApps(GrpcContext* at, const v1::ListAppsRequest* in,
                      v1::ListAppsResponse* out) override {
    return calls_.start(at, in, out);
  }
  GrpcUnary* GetApp(GrpcContext* at, const v1::GetAppRequest* in, v1::App* out) override {
    return calls_.start(at, in, out);
  }
  GrpcUnary* UpdateApp(GrpcContext* at, const v1::UpdateAppRequest* in, v1::App* out) override {
    return calls_.start(at, in, out);
  }
  GrpcUnary* CreateKey(GrpcContext* at, const v1::CreateKeyRequest* in, v1::Key* out) override {
    return calls_.start(at, in, out);
  }
  GrpcUnary* ListKeys(GrpcContext* at, const v1::ListKeysRequest* in,
                      v1::ListKeysResponse* out) override {
    return calls_.start(at, in, out);
  }
  GrpcUnary* RotateKey(GrpcContext* at, const v1::RotateKeyRequest* in, v1::Key* out) override {
    return calls_.start(at, in, out);
  }
  GrpcUnary* RevokeKey(GrpcContext* at, const v1::RevokeKeyRequest* in, v1::Nothing* out) override {
    return calls_.start(at, in, out);
  }

 private:
  GrpcCalls& calls_;
};

class WebhooksService final : public v1::Webhooks::CallbackService {
 public:
  explicit WebhooksService(GrpcCalls& calls) : calls_(calls) {}
  GrpcUnary* GetWebhook(GrpcContext* at, const v1::GetWebhookRequest* in,
                        v1::Webhook* out) override {
    return calls_.start(at, in, out);
  }
  GrpcUnary* TestWebhook(GrpcContext* at, const v1::TestWebhookRequest* in,
                         v1::WebhookTest* out) override {
    return calls_.start(at, in, out);
  }
  GrpcUnary* ListDeadLetters(GrpcContext* at, const v1::ListDeadLettersRequest* in,
                             v1::ListDeadLettersResponse* out) override {
    return calls_.start(at, in, out);
  }
  GrpcUnary* RetryDeadLetters(GrpcContext* at, const v1::RetryDeadLettersRequest* in,
                              v1::RetryDeadLettersResponse* out) override {
    return calls_.start(at, in, out);
  }
  GrpcUnary* DeleteDeadLetter(GrpcContext* at, const v1::DeleteDeadLetterRequest* in,
                              v1::Nothing* out) override {
    return calls_.start(at, in, out);
  }

 private:
  GrpcCalls& calls_;
};

class ServerService final : public v1::Server::CallbackService {
 public:
  explicit ServerService(GrpcCalls& calls) : calls_(calls) {}
  GrpcUnary* GetStatus(GrpcContext* at, const v1::GetStatusRequest* in,
                       v1::ServerStatus* out) override {
    return calls_.start(at, in, out);
  }
  GrpcUnary* CreateBackup(GrpcContext* at, const v1::CreateBackupRequest* in,
                          v1::Backup* out) override {
    return calls_.start(at, in, out);
  }

 private:
  GrpcCalls& calls_;
};

}  // namespace tocsin::dispatcher

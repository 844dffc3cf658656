import com.google.gson.JsonObject;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.MethodDescriptor;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.temporal.api.workflowservice.v1.DescribeNamespaceRequest;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.client.WorkflowOptions;
import io.temporal.serviceclient.SimpleSslContextBuilder;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import io.temporal.worker.WorkerFactory;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.TrustManagerFactory;

/** Connects with Temporal's Java SDK, describes a namespace or completes a workflow, and prints what came of it. */
public class Client {
  static final Duration PATIENCE = Duration.ofSeconds(15);

  public static void main(String[] arguments) {
    Map<String, String> flags = new HashMap<>();
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      flags.put(arguments[i].substring(2), arguments[i + 1]);
    }
    JsonObject answer = new JsonObject();
    if (flags.containsKey("alpn")) {
      answer.addProperty("result", "unsupported");
      answer.addProperty("text", "gRPC needs h2, and the SDK refuses settings without it");
      System.out.println(answer);
      System.exit(0);
    }
    try {
      use(flags, arguments[arguments.length - 1]);
      answer.addProperty("result", "ok");
    } catch (Exception error) {
      answer.addProperty("result", "refused");
      answer.addProperty("text", withCauses(error));
    }
    System.out.println(answer);
    System.exit(0);
  }

  static void use(Map<String, String> flags, String mode) throws Exception {
    WorkflowServiceStubsOptions.Builder options =
        WorkflowServiceStubsOptions.newBuilder()
            .setTarget(flags.get("address"))
            .setSslContext(tls(flags));
    if (flags.containsKey("server-name")) {
      options.setChannelInitializer(channel -> channel.overrideAuthority(flags.get("server-name")));
    }
    if (flags.containsKey("api-key-file")) {
      String key = Files.readString(Path.of(flags.get("api-key-file"))).trim();
      options.addApiKey(() -> key);
    }
    if (flags.containsKey("authority")) {
      options.setGrpcClientInterceptors(java.util.List.of(new WithAuthority(flags.get("authority"))));
    }
    WorkflowServiceStubs service = WorkflowServiceStubs.newConnectedServiceStubs(options.build(), PATIENCE);
    String namespace = flags.get("namespace");
    WorkflowClient client =
        WorkflowClient.newInstance(service, WorkflowClientOptions.newBuilder().setNamespace(namespace).build());
    if (mode.equals("describe")) {
      describe(client, flags.getOrDefault("describe", namespace));
    } else {
      completeWorkflow(client);
    }
  }

  static SslContext tls(Map<String, String> flags) throws Exception {
    KeyStore roots = KeyStore.getInstance(KeyStore.getDefaultType());
    roots.load(null, null);
    try (InputStream file = open(flags.get("server-ca"))) {
      roots.setCertificateEntry("root", CertificateFactory.getInstance("X.509").generateCertificate(file));
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(roots);
    if (flags.containsKey("max-version")) {
      // The SDK's own builder has no setting for it.
      return GrpcSslContexts.configure(SslContextBuilder.forClient())
          .trustManager(trust)
          .keyManager(open(flags.get("cert")), open(flags.get("key")))
          .protocols("TLSv" + flags.get("max-version"))
          .build();
    }
    SimpleSslContextBuilder builder =
        flags.containsKey("cert")
            ? SimpleSslContextBuilder.forPKCS8(open(flags.get("cert")), open(flags.get("key")))
            : SimpleSslContextBuilder.noKeyOrCertChain();
    return builder.setTrustManager(trust.getTrustManagers()[0]).build();
  }

  static void describe(WorkflowClient client, String namespace) {
    String described =
        client
            .getWorkflowServiceStubs()
            .blockingStub()
            .withDeadlineAfter(PATIENCE.toSeconds(), TimeUnit.SECONDS)
            .describeNamespace(DescribeNamespaceRequest.newBuilder().setNamespace(namespace).build())
            .getNamespaceInfo()
            .getName();
    if (!described.equals(namespace)) {
      throw new IllegalStateException(described + " was described instead of " + namespace);
    }
  }

  static void completeWorkflow(WorkflowClient client) {
    String queue = "java-" + UUID.randomUUID();
    WorkerFactory factory = WorkerFactory.newInstance(client);
    factory.newWorker(queue).registerWorkflowImplementationTypes(GreetingInPerson.class);
    factory.start();
    WorkflowOptions options =
        WorkflowOptions.newBuilder()
            .setWorkflowId(queue)
            .setTaskQueue(queue)
            .setWorkflowExecutionTimeout(PATIENCE)
            .build();
    String said = client.newWorkflowStub(Greeting.class, options).greet("gate");
    factory.shutdownNow();
    if (!said.equals("hello, gate")) {
      throw new IllegalStateException("the workflow came to " + said);
    }
  }

  static InputStream open(String path) throws IOException {
    return Files.newInputStream(Path.of(path));
  }

  static String withCauses(Throwable error) {
    String own = error.toString();
    return error.getCause() == null ? own : own + "; " + withCauses(error.getCause());
  }

  @WorkflowInterface
  public interface Greeting {
    @WorkflowMethod
    String greet(String whom);
  }

  public static class GreetingInPerson implements Greeting {
    @Override
    public String greet(String whom) {
      Workflow.sleep(Duration.ofMillis(10));
      return "hello, " + whom;
    }
  }

  /** Sends another :authority than the name that is expected of the server. */
  record WithAuthority(String authority) implements ClientInterceptor {
    @Override
    public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
      return next.newCall(method, options.withAuthority(authority));
    }
  }
}

# StackLab: a cluster description for the cluster of a ComposeLab, and the program run on it.
package StackLab;

use strict;
use warnings;

use Cwd qw(realpath);
use File::Temp ();
use IPC::Run ();
use Test::More ();

use ComposeLab;

our $program = realpath($ENV{PGWATCH_TUI} // "$ComposeLab::checkout/pgwatch-tui");

# Options: lab => 0, project => name, compose_file => path, service => { node => service }
# Kept as long as what it returns; {file} is its path.
sub describe
{
	my ($lab, %options) = @_;
	my $folder = File::Temp->newdir('pgwatch-describe-XXXXXX', TMPDIR => 1);
	my $file = "$folder/lab.yaml";
	my $compose_file = $options{compose_file} // "$ComposeLab::checkout/docker-compose.yml";
	my $project = $options{project} // $lab->{project};
	chmod 0711, $folder;
	open my $out, '>', $file or die "$file: $!\n";
	print $out "cluster: lab\n", $options{lab} // 1 ? "lab: true\n" : '',
	  "stack:\n  kind: compose\n  file: $compose_file\n  project: $project\n",
	  "connection:\n  user: pgwatch\n  dbname: postgres\n",
	  "  password: \${PGWATCH_PASSWORD}\nnodes:\n";
	for (@ComposeLab::nodes)
	{
		my $service = $options{service}{$_} // $_;
		print $out "  - {name: $_, host: 127.0.0.1, port: $lab->{port}{$_}, service: $service}\n";
	}
	close $out or die "$file: $!\n";
	return { file => $file, folder => $folder };
}

# Runs `pgwatch-tui ARGUMENTS` with the lab's environment: status, stdout, stderr.
# Options of the first argument: env => {...}, before => [command that runs it]
sub run
{
	my ($lab, $options, @arguments) = @_;
	my ($out, $err) = ('', '');
	my %env = (%{ $lab->{env} }, %{ $options->{env} // {} });
	local @ENV{ keys %env } = values %env;
	delete $ENV{$_} for grep { !defined $env{$_} } keys %env;
	my $harness = IPC::Run::start([ @{ $options->{before} // [] }, $program, @arguments ],
		'<', \undef, '>', \$out, '2>', \$err, IPC::Run::timeout(900));
	eval { $harness->finish; 1 } or do { $harness->kill_kill; die "@arguments: $@\n$err" };
	my $result = $harness->full_result(0);
	return ($result & 127 ? 128 + ($result & 127) : $result >> 8, $out, $err);
}

# `pgwatch-tui status` is healthy: at the first look, but where that says itself that something was
# too slow for it (a connection, a commit), as on a machine that does ten other things.
sub ok_healthy
{
	my ($lab, $options, $config, $what) = @_;
	my ($status, $out, $err);
	for (1 .. 10)
	{
		($status, $out, $err) = run($lab, $options, 'status', $config);
		last unless $status && $out =~ /(?:no (?:connection|answer) in|the last commit at \w+ took)/;
	}
	return Test::More::is($status, 0, $what) || Test::More::diag($out . $err);
}

1;
